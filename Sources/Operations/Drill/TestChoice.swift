import Primitives
import RepositoryEngine
import Sealing
import Strategy

extension BackupStrategy {
    /// The component's store and its copies, as far as they have a place of their own.
    func reachableStores(of component: ComponentPlan) -> [StorePlan] {
        stores.filter { ($0.name == component.store || $0.copyOf == component.store) && !$0.location.isEmpty }
    }
}

/// Which copy and which snapshot are tested: by a seed where nobody chose, so that it is neither always the newest nor always the nearest one.
package struct TestChoice: Sendable {
    /// Which snapshot.
    package enum Age: String, Sendable, CaseIterable { case newest, oldest, any }

    /// In hexadecimal digits: whoever has it chooses the same again.
    package let seed: String

    package init(seed: String?) {
        self.seed = seed ?? Hex.encode((0..<8).map { _ in UInt8.random(in: .min ... .max) })
    }

    /// Not below zero and below `bound`, another one for each purpose.
    private func number(_ purpose: String, below bound: Int) -> Int {
        Int(SHA256Digest.of(Array("\(purpose) \(seed)".utf8)).a % UInt64(bound))
    }

    /// The store of the component, or a copy of it that can be reached.
    func store(of component: ComponentPlan, in strategy: BackupStrategy) throws -> (store: StorePlan, rule: String) {
        let there = strategy.reachableStores(of: component)
        guard !there.isEmpty else {
            throw Failure(
                .strategyInvalid, "The strategy has no store with a place for '\(component.name)'.",
                advice: "Give the store '\(component.store)' a 'location'.")
        }
        return (there[number("store", below: there.count)], "seeded choice of \(there.count)")
    }

    /// Not of none.
    func one(of stores: [StorePlan], for purpose: String) -> StorePlan {
        stores[number(purpose, below: stores.count)]
    }

    /// Without shares of an escrow at hand.
    var scenario: DrillScenario {
        let scenarios: [DrillScenario] = [.lostHost, .lostPrimary, .ransomware]
        return scenarios[number("scenario", below: scenarios.count)]
    }

    var age: Age { Age.allCases[number("age", below: Age.allCases.count)] }

    /// Out of those of a component, the oldest first.
    func snapshot(_ age: Age, of count: Int) -> Int {
        switch age {
        case .newest: count - 1
        case .oldest: 0
        case .any: number("snapshot", below: count)
        }
    }
}
