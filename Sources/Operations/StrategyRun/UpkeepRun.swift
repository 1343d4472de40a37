import Catalog
import Identity
import Primitives
import RepositoryEngine
import Storage
import Strategy

/// What keeps stores in order: copies brought up to date, snapshots dropped that no rule keeps, space freed, everything checked.
package enum UpkeepTask: Sendable, Equatable {
    case copy(StorePlan)
    case forget(StorePlan)
    case collect(StorePlan)
    case verify(StorePlan)

    package var job: String {
        switch self {
        case .copy(let store): JobName.copy(store.name)
        case .forget(let store): JobName.forget(store.name)
        case .collect(let store): JobName.collect(store.name)
        case .verify(let store): JobName.verify(store.name)
        }
    }

    package var store: StorePlan {
        switch self {
        case .copy(let store), .forget(let store), .collect(let store), .verify(let store): store
        }
    }

    package var mode: String { String(job.prefix { $0 != "/" }) }
}

/// One upkeep task, written down like a backup.
package struct UpkeepRun {
    private let task: UpkeepTask
    private let place: StrategyPlace
    private let door: any Doorkeeper

    package init(_ task: UpkeepTask, at place: StrategyPlace) {
        (self.task, self.place) = (task, place)
        door = place.surroundings.door
    }

    /// Returns the run as it ended. What `admit` throws keeps it from being begun. Throws only where the catalog cannot be written.
    package func carryOut(
        due: Timestamp?, attempt: Int, observer: any OperationObserver, admit: () throws -> Void = {}
    ) throws -> RunRecord {
        let record = RunRecord(
            job: task.job, subject: task.store.name, mode: task.mode, due: due, started: place.clock.now(),
            attempt: attempt, strategy: place.digest)
        return try place.write(record, observer: observer, admit: admit, work)
    }

    private func work(_ record: inout RunRecord, _ observer: RunObserver) throws {
        switch task {
        case .copy(let store): try copy(to: store, &record, observer)
        case .forget(let store): try forget(store, &record, observer)
        case .collect(let store): try collect(store, &record, observer)
        case .verify(let store): try verify(store, &record, observer)
        }
    }

    private func copy(to store: StorePlan, _ record: inout RunRecord, _ observer: RunObserver) throws {
        guard let source = store.copyOf.flatMap({ place.strategy.store($0) }) else {
            throw Failure(
                .strategyInvalid, "The store '\(store.name)' is a copy of none.",
                advice: "Name the primary store in its 'copy-of'.")
        }
        var options = ReplicateOptions()
        (options.creates, options.follows) = (true, true)
        let reports = try Replicate.run(
            permit: try door.permit(
                for: ReplicateAction.self,
                on: Target(components: .all, stores: .init([source.location, store.location]))),
            from: try place.surroundings.openStore(source.location),
            to: [try place.surroundings.placeCopy(store.location)], options: options, observer: observer)
        for report in reports {
            if let failure = report.failure { throw failure }
            record.figures.bytesStored += report.bytesCopied
            record.figures.problems += UInt64(report.problems.count)
            for problem in report.problems { observer.warning(problem.message) }
        }
        record.failure = PromisedLock.shortfall(store, try place.open(store), clock: place.clock)
        if record.figures.problems > 0 || record.failure != nil { record.outcome = .partial }
    }

    /// What is gone does not come back: by the adopted strategy, and by no other one.
    private func requireAdopted() throws {
        try StrategyAdoption(place.surroundings).requireAdopted(place.digest, file: "that this host follows")
    }

    private func forget(_ store: StorePlan, _ record: inout RunRecord, _ observer: RunObserver) throws {
        try requireAdopted()
        let plan = try Forget.run(
            permit: {
                try door.permit(
                    for: ForgetAction.self, on: Target(components: $0, stores: .only([store.location])))
            },
            authority: KeyAuthority(
                repository: try place.open(store), source: try place.requireUpkeepKey(for: "Dropping snapshots"),
                surroundings: place.surroundings),
            choice: .rules(RetentionRules(place.strategy)), leave: { try door.leave(for: $0, request: nil) })
        for warning in plan.warnings { observer.warning(warning) }
        let count = plan.leaving.count
        observer.note("Dropped \(count) of \(plan.lines.count + plan.unconfirmed.count) snapshots.")
    }

    private func collect(_ store: StorePlan, _ record: inout RunRecord, _ observer: RunObserver) throws {
        try requireAdopted()
        let repository = try place.open(store)
        let opener = try repository.unlock(
            try place.requireUpkeepKey(for: "Freeing space"), terminal: place.surroundings.terminal)
        var options = CollectOptions()
        options.wait = 600
        options.scratch = place.surroundings.scratch
        _ = try Collect.run(
            permit: try door.permit(for: CollectAction.self, on: Target(store: store.location)), repository: repository,
            opener: opener, options: options,
            observer: observer, clock: place.clock)
    }

    /// Without a key: objects and signatures, and the bytes of so many objects that all are proven within the time. With one, everything that was backed up is read.
    private func verify(_ store: StorePlan, _ record: inout RunRecord, _ observer: RunObserver) throws {
        let repository = try place.open(store)
        let opener = try place.upkeepKey.map { try repository.unlock($0, terminal: place.surroundings.terminal) }
        var options = VerifyOptions(readData: opener != nil, scratch: place.surroundings.scratch)
        (options.budget, options.proofs) = (opener == nil ? .share : nil, place.surroundings.hostState)
        options.clock = place.clock
        let report = try Verify.run(
            permit: try door.permit(for: VerifyAction.self, on: Target(store: store.location)), repository: repository,
            opener: opener, options: options, observer: observer)
        record.figures.bytesRead = report.bytesRead
        record.figures.problems = report.findingCount
        for finding in report.findings.prefix(100) { observer.warning("\(finding.object) \(finding.problem)") }
        guard !report.isIntact else { return }
        let back = mend(store, report, observer)
        let left = report.findings.filter { !back.keys.contains($0.object) }
        guard left.isEmpty, report.findingCount == report.findings.count else {
            throw Failure(
                .objectDamaged,
                "The verification of '\(store.name)' found \(report.findingCount) damaged objects; \(back.count) were brought back from copies.",
                advice:
                    "'safehold verify --read-data' names the files; 'safehold repair objects --from' mends from another copy."
            )
        }
        record.outcome = .partial
        let copies = Set(back.values).sorted().joined(separator: ", ")
        record.failure = Failure(
            .objectDamaged,
            "The verification of '\(store.name)' found \(report.findingCount) damaged objects, and brought all of them back from \(copies).",
            advice: "Nothing is lost. Find out what damaged them: a disk that does so once does it again.")
    }

    /// From the store that it is a copy of, and its copies. Returns what came back, each with the store that had it; nothing comes back that was
    /// not checked first, and damaged bytes are kept.
    private func mend(_ store: StorePlan, _ report: VerifyReport, _ observer: RunObserver) -> [String: String] {
        let primary = store.copyOf ?? store.name
        let copies = place.strategy.stores.filter {
            $0.name != store.name && ($0.name == primary || $0.copyOf == primary) && !$0.location.isEmpty
        }
        var back: [String: String] = [:]
        for copy in copies {
            let left = report.findings.map(\.object).filter { back[$0] == nil }
            guard !left.isEmpty else { break }
            do {
                let target = Target(components: .all, stores: .init([store.location, copy.location]))
                let mended = try Replicate.mend(
                    permit: try door.permit(for: ReplicateAction.self, on: target),
                    try place.surroundings.openStore(store.location),
                    from: try place.surroundings.openStore(copy.location),
                    readingData: false, named: left, observer: observer)
                for name in mended.broughtBack {
                    back[name] = copy.name
                    observer.note("\(name) was brought back from '\(copy.name)'.")
                }
                for problem in mended.problems { observer.warning(problem.message) }
            } catch {
                observer.warning("Nothing could be brought back from '\(copy.name)': \(error.asFailure.message)")
            }
        }
        return back
    }
}
