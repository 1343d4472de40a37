import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// One test of a restore, from its choice to what came of it.
struct RestoreTrial {
    let request: RestoreTest.Request
    let place: StrategyPlace
    let store: (store: StorePlan, rule: String)
    let choice: TestChoice
    let opened: OpenedRepository
    let key: KeySource
    let clock: TestClock
    let cataloged: CatalogedSnapshot
    let snapshot: OpenedSnapshot
    let age: TestChoice.Age
    /// Complete ones of the component, the newest.
    let newest: CatalogedSnapshot
    let candidates: Int

    var started = Timestamp(nanoseconds: 0)
    var firstByte: Timestamp?
    var complete: Timestamp?
    var verified: Timestamp?
    var usable: Timestamp?
    var target = ""
    var isTargetGone = false
    var sample = TestSample.Chosen()
    var summary = RestoreSummary()
    var findings = TestedFiles.Findings()
    var checks: [TestedStreams.Check] = []
    var deviations: [String] = []
    /// Why the backup is not what it should be.
    var faults: [String] = []

    private var surroundings: Surroundings { place.surroundings }
    var component: ComponentPlan { request.component }

    /// Throws `snapshot-missing` where the copy has no complete snapshot of the component.
    init(
        request: RestoreTest.Request, place: StrategyPlace, store: (store: StorePlan, rule: String), choice: TestChoice,
        opened: OpenedRepository, key: KeySource, clock: TestClock
    ) throws {
        (self.request, self.place, self.store, self.choice) = (request, place, store, choice)
        (self.opened, self.key, self.clock) = (opened, key, clock)
        let name = request.component.name
        let suspect =
            try request.scenario == .ransomware ? Self.suspect(opened, place.surroundings.hostState) : []
        let complete = opened.catalog.committed.filter { snapshot in
            guard let description = try? snapshot.description(opener: opened.opener) else { return false }
            return description.component == name && description.problems == 0 && !suspect.contains(snapshot.digest)
        }
        guard let last = complete.last else {
            throw Failure(
                .snapshotMissing, "'\(store.store.name)' has no complete snapshot of '\(name)' to test.",
                advice: "Back it up with 'safehold run \(name)', bring the copy up to date, or name another store.")
        }
        (newest, candidates) = (last, complete.count)
        age = request.age ?? choice.age
        cataloged = complete[choice.snapshot(age, of: complete.count)]
        snapshot = try opened.open(cataloged)
    }

    /// Of every component. Where that cannot be told, no snapshot is taken for a clean one.
    private static func suspect(_ opened: OpenedRepository, _ state: HostState) throws -> Set<Digest32> {
        let report = try Anomalies.report(
            Snapshots.list(opened.repository, opened.opener), state: state, component: nil)
        return Set(report.lines.filter { report.isSuspect($0) }.map(\.summary.id))
    }

    mutating func carryOut(_ permits: RestoreTest.Permits) throws {
        let folder = try ScratchFolder(below: surroundings.scratch)
        target = folder.path
        do {
            try work(folder.path, permits)
        } catch let failure as Failure where failure.code.class == .integrity {
            faults.append(failure.message)
        } catch {
            folder.remove()
            throw error
        }
        let end = surroundings.clock.now()
        (complete, verified, usable) = (complete ?? end, verified ?? end, usable ?? end)
        folder.remove()
        isTargetGone = (try? LocalFile.names(in: folder.path))?.isEmpty ?? true
        if !isTargetGone { deviations.append("\(folder.path) could not be emptied: remove it by hand") }
    }

    private mutating func work(_ scratch: String, _ permits: RestoreTest.Permits) throws {
        let isWhole = request.sample == nil || component.isStreamed
        if let shortOf = request.shortOf { deviations.append(shortOf) }
        sample = try TestSample(count: isWhole ? nil : request.sample, seed: choice.seed, quota: request.quota).choose(
            from: snapshot)
        try requireRoom(scratch)
        if sample.tooLarge > 0 {
            deviations.append(
                "\(sample.tooLarge) files of the sample were larger than the scratch space that it may take")
        }
        try restore(scratch, permits)
        if component.isStreamed {
            checks = try look(scratch, permits)
        } else {
            try compare(scratch)
        }
        if isWhole, !component.health.isEmpty {
            checks.append(try TestedHealth.check(component, in: scratch + "/restored") { [clock] in clock.isCancelled })
        }
        usable = surroundings.clock.now()
        for check in checks {
            switch check.result {
            case .passed: break
            case .failed: faults.append("\(check.name): \(check.words)")
            case .notDone: deviations.append("\(check.name) was not looked at: \(check.words)")
            }
        }
        guard isWhole else { return }
        let export = try exported(scratch, permits)
        checks.append(export)
        if export.result == .failed { faults.append("\(export.name): \(export.words)") }
    }

    /// Beside what was restored. Where there is no room for it, the record says so, and the test is whole all the same.
    private func exported(_ scratch: String, _ permits: RestoreTest.Permits) throws -> TestedStreams.Check {
        let free = sh_free_bytes(scratch)
        let left = request.quota - min(request.quota, sample.bytes)
        return try TestedExport(
            snapshot: cataloged, opened: opened, project: place.strategy.project, software: place.software,
            folder: scratch + "/export", room: free < 0 ? left : min(left, UInt64(free)), bytes: sample.bytes,
            observer: clock
        ).run(permits.restore)
    }

    private func requireRoom(_ scratch: String) throws {
        let free = sh_free_bytes(scratch)
        let room = free < 0 ? request.quota : min(request.quota, UInt64(free))
        guard sample.bytes <= room else {
            throw Failure(
                .storageFull,
                "The test takes \(Wording.size(sample.bytes)), and may take \(Wording.size(room)) of \(surroundings.scratch).",
                advice: "Give it more with --quota, name a larger disk with TMPDIR, or test a --sample.")
        }
    }

    private mutating func restore(_ scratch: String, _ permits: RestoreTest.Permits) throws {
        try LocalFile.makeDirectories(scratch + "/restored")
        var options = RestoreOptions(snapshot: cataloged, target: scratch + "/restored")
        options.files = sample.files
        options.verify = true
        guard sample.files.map({ !$0.isEmpty }) ?? (sample.filesThere > 0) else {
            deviations.append("the snapshot has no file to restore")
            (complete, verified) = (surroundings.clock.now(), surroundings.clock.now())
            return
        }
        summary = try Restore.run(
            permit: try permits.restore(), repository: opened.repository, opener: opened.opener, options: options,
            observer: clock)
        firstByte = clock.firstByte
        let now = surroundings.clock.now()
        (complete, verified) = (now, now)
        if summary.problemCount > 0 {
            faults.append("\(summary.problemCount) entries were not restored as they were backed up")
        }
    }

    private mutating func compare(_ scratch: String) throws {
        let hasSource = snapshot.summary.details?.host == surroundings.host
        let looking = TestedFiles(target: scratch + "/restored", hasSource: hasSource) { [clock] in clock.isCancelled }
        findings = try looking.compare(snapshot, files: sample.files)
        verified = surroundings.clock.now()
        if findings.mismatchCount > 0 {
            faults.append("\(findings.mismatchCount) files came back with another mode, time, owner or size")
        }
        if findings.sourceMismatchCount > 0 {
            faults.append(
                "\(findings.sourceMismatchCount) files differ from their source, which has not changed since: one of the two is damaged"
            )
        }
        if !hasSource { deviations.append("the source is on another host, so nothing was compared with it") }
    }

    private func look(_ scratch: String, _ permits: RestoreTest.Permits) throws -> [TestedStreams.Check] {
        let folder = "\(scratch)/restored/\(component.name)"
        var checks = try TestedStreams(
            component: component, snapshot: snapshot, folder: folder, scratch: scratch, programs: request.programs,
            surroundings: surroundings, observer: clock
        ).run(permits.restore, permits.verify)
        if let base = component.baseBackup { checks.append(try recover(base, permits)) }
        return checks
    }

    /// A server starts on it in scratch space and reads every row.
    private func recover(_ base: BaseBackupPlan, _ permits: RestoreTest.Permits) throws -> TestedStreams.Check {
        let name = "base backup"
        guard geteuid() != 0 else {
            return .init(
                name: name, result: .notDone, words: "PostgreSQL does not run as root: hold the test as another user")
        }
        guard let words = fetchWords else {
            return .init(
                name: name, result: .notDone, words: "a server that recovers needs a key that lies in a file")
        }
        var recovery = RecoveryRequest(component: component.name, target: .end, fetchWords: words)
        recovery.moment = .at(snapshot.summary.time)
        (recovery.isTried, recovery.programs) = (true, request.programs)
        do {
            let report = try Recover.run(
                permit: permits.restore, opened: opened, request: recovery, surroundings: surroundings, observer: clock)
            let proof = report.proof
            return .init(
                name: name, result: .passed,
                words:
                    "a server recovered to \(proof?.position ?? "its end") and read \(proof?.rows ?? 0) rows of \(proof?.tables ?? 0) tables"
            )
        } catch let failure as Failure where failure.code == .toolMissing {
            return .init(name: name, result: .notDone, words: failure.message)
        } catch let failure as Failure where failure.code != .interrupted && failure.code.class != .denied {
            return .init(name: name, result: .failed, words: failure.message)
        }
    }

    private var fetchWords: [String]? {
        let words = [
            surroundings.program, "wal", "get", "--component", component.name, "--repository", store.store.location,
        ]
        switch key {
        case .passphraseFile(let path): return words + ["--passphrase-file", path]
        case .recipientFile(let path): return words + ["--recipient-file", path]
        case .shareFiles(let paths): return words + paths.flatMap { ["--share-file", $0] }
        case .terminal: return nil
        }
    }
}
