import Catalog
import Identity
import Primitives
import Sealing
import Strategy

/// Which strategy this host follows (SEC-4). Whoever can write the file does not thereby decide what is dropped, and what is run: on a host with
/// a directory of persons one that demands less, or runs other programs, is followed when others have agreed to it.
package struct StrategyAdoption: Sendable {
    package enum Purpose: Sendable {
        /// Backups, drills, messages: another strategy is carried out as long as it runs no other programs.
        case running
        /// What is gone does not come back: nothing but what was adopted.
        case dropping
    }

    private let keeping: IdentityKeeping
    private let state: HostState
    private let clock: WallClock

    package init(_ surroundings: Surroundings) {
        (keeping, state, clock) = (surroundings.identity, surroundings.hostState, surroundings.clock)
    }

    /// What is adopted; nil where nothing is, and where there is no directory of persons.
    package func adopted() throws -> AdoptedStrategy? {
        guard try keeping.isFounded() else { return nil }
        return try keeping.look { state, _, _ in state.strategy }
    }

    /// Throws `strategy-not-adopted` where a strategy is not to be carried out. One that demands no less than the adopted one, and runs nothing
    /// else, is adopted by that; a person has to have a role for it, `permit`.
    package func require(
        _ loaded: LoadedStrategy, for purpose: Purpose, permit: (() throws -> Permit<StrategyAction>)?
    ) throws {
        guard try keeping.isFounded() else { return }
        let adopted = try adopted()
        guard adopted?.digest != loaded.digest else { return }
        let weaknesses = try weaknesses(of: loaded, comparedWith: adopted)
        let who = try permit.map { ask in
            do {
                return try ask().who
            } catch let failure as Failure where failure.code == .notPermitted {
                throw Self.refusal(loaded, ["it is not the one that was adopted"])
            }
        }
        guard weaknesses.isEmpty else {
            let hindering = weaknesses.filter { purpose == .dropping || $0.kind == .programs }
            guard hindering.isEmpty else { throw Self.refusal(loaded, hindering.map(\.words)) }
            return
        }
        // A daemon writes down what it follows by itself, and tells of it.
        if let who {
            try StrategyKeeping.take(loaded, by: who.name, at: clock.now(), into: try CatalogPlace.open(state))
        }
        try keeping.decide { state, _, now in state.adopt(loaded.digest, by: who, now: now) }
    }

    /// For what is carried out by a strategy that was read before.
    package func requireAdopted(_ digest: String, file: String) throws {
        guard try keeping.isFounded(), try adopted()?.digest.hex != digest else { return }
        throw Self.refusal(file, ["it is not the one that was adopted"])
    }

    /// What others agree to before a strategy is adopted that demands less; nil where nobody has to.
    package func plan(for loaded: LoadedStrategy) throws -> GravePlan? {
        let weaknesses = try weaknesses(of: loaded, comparedWith: try adopted())
        guard let first = weaknesses.first else { return nil }
        return GravePlan(
            Self.act(first.kind), lines: ["adopt the strategy \(loaded.digest.hex)"] + weaknesses.map(\.words))
    }

    /// Adopts it. `leave` is asked for where it demands less than the one before.
    package func adopt(
        permit: consuming Permit<StrategyAction>, _ loaded: LoadedStrategy, leave: (GravePlan) throws -> Leave
    ) throws -> AdoptedStrategy {
        let who = permit.who
        guard try keeping.isFounded() else {
            throw Failure(
                .directoryMissing, "This host has no directory of persons, so it follows the file as it is.",
                advice: "'safehold users found' begins one.")
        }
        if let plan = try plan(for: loaded) { try leave(plan).require(plan.act, plan: plan.digest) }
        try StrategyKeeping.take(loaded, by: who.name, at: clock.now(), into: try CatalogPlace.open(state))
        return try keeping.decide { state, _, now in
            state.adopt(loaded.digest, by: who, now: now)
            return AdoptedStrategy(digest: loaded.digest, at: now.wall, by: who.person)
        }
    }

    /// The file of the adopted one is in the catalog, and known by its digest. One that is not there any more demanded everything.
    private func weaknesses(
        of loaded: LoadedStrategy, comparedWith adopted: AdoptedStrategy?
    ) throws -> [StrategyWeakening] {
        guard let adopted else {
            return StrategyWeakening.of(loaded.strategy, comparedWith: BackupStrategy(project: "none"))
        }
        guard let before = try known(adopted) else {
            return [
                StrategyWeakening(
                    kind: .retention, words: "the strategy before is not known any more: look at all of it")
            ]
        }
        return StrategyWeakening.of(loaded.strategy, comparedWith: before)
    }

    private func known(_ adopted: AdoptedStrategy) throws -> BackupStrategy? {
        let kept = try CatalogPlace.open(state).strategyVersions().first { $0.digest == adopted.digest }
        guard let kept, SHA256Digest.of(Array(kept.text.utf8)) == adopted.digest else { return nil }
        return try? LoadStrategy.read(Array(kept.text.utf8), file: kept.file).strategy
    }

    /// Which of these components nobody exports alone, as the adopted strategy has it; all, where it is not known any more.
    package func personal(_ components: [String]) throws -> [String] {
        guard let adopted = try adopted() else { return [] }
        guard let strategy = try known(adopted) else { return components }
        return components.filter { strategy.component($0)?.holdsPersonalData == true }
    }

    private static func act(_ kind: StrategyWeakening.Kind) -> GraveAct {
        switch kind {
        case .retention: .shortenRetention
        case .locks: .weakenLock
        case .drills: .disableDrills
        case .programs: .changePrograms
        case .personalData: .exportPersonalData
        }
    }

    private static func refusal(_ loaded: LoadedStrategy, _ why: [String]) -> Failure { refusal(loaded.file, why) }

    private static func refusal(_ file: String, _ why: [String]) -> Failure {
        Failure(
            .strategyNotAdopted, "The strategy \(file) is not carried out: \(why.joined(separator: "; ")).",
            advice:
                "'safehold strategy adopt' takes it, with the agreement of others where it demands less: --request asks them."
        )
    }
}
