import Identity
import Primitives
import Storage
import StorageConformance

/// Tries on a store what a repository relies on, in a corner that is removed afterwards. Needs no repository and touches none.
package enum Probe {
    package struct Rule: Sendable {
        package var name: String
        /// Where the store did otherwise; empty where the rule holds.
        package var details: [String]
        package var holds: Bool { details.isEmpty }
    }

    package struct Report: Sendable {
        package var location: String
        package var facts: StoreKnowledge
        package var timing: StoreTiming?
        /// The kinds of checksums that the store looks at itself.
        package var checksums: [String]
        package var rules: [Rule]
        package var guarantees: [StoreGuarantee]
        /// What could not be tried, and why.
        package var untried: String?
        /// Below which name it was tried, and how many objects stay there.
        package var scratch: String
        package var staying: Int

        /// Whether a repository may lie here.
        package var isFit: Bool { rules.allSatisfy(\.holds) && guarantees.allSatisfy { $0.standsOn != nil } }
    }

    /// How hard to try; the tests of this program try less.
    package struct Effort: Sendable {
        package var rivals = 64
        package var rounds = 4
        package var bigObjectBytes = 6 << 20
        package var lockSeconds: Int64 = 4
        package init() {}
    }

    /// Throws where the store cannot be reached at all.
    package static func run(
        permit: consuming Permit<StorageAction>, store opened: any ObjectStore, clock: WallClock,
        effort: Effort = Effort()
    ) throws -> Report {
        let store = (opened as? ReadAheadStore)?.base ?? opened
        // A store whose place is missing must not be made by trying it.
        let scratch = "probe-" + SealedObjectID.random().hex.prefix(16)
        try store.list(below: scratch) { _, _ in }
        let corner = try ProbeCorner(store, scratch, clock, effort.lockSeconds)
        var staying = 0
        var conformance: ConformanceSuite.Report
        var checksums: [StoreFacts.Checksum] = []
        do {
            defer { staying = corner.clear() }
            corner.store.willFinish()
            checksums = try store.inquiry?.checksums(tryingAt: ObjectName(scratch + "/checksum")) ?? []
            conformance = ConformanceSuite(
                store: corner.store, below: "rules", effort: corner.effort(effort)
            ).run()
        }
        let facts = try StoreStatus.facts(of: store)
        return Report(
            location: store.location, facts: StoreKnowledge(facts),
            timing: try StoreTiming.measured(store, clock),
            checksums: checksums.filter(\.isChecked).map(\.kind), rules: rules(conformance) + corner.rules,
            guarantees: StoreGuarantee.all(facts, checksums, conformance), untried: corner.untried, scratch: scratch,
            staying: staying)
    }

    private static func rules(_ report: ConformanceSuite.Report) -> [Rule] {
        report.rules.map { name in
            Rule(name: name, details: report.findings.filter { $0.rule == name }.map(\.detail))
        }
    }
}
