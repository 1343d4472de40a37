import Anomaly
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Strategy

/// Which snapshots are to be dropped.
package enum ForgetChoice: Sendable {
    case policy(RetentionPolicy)
    case rules(RetentionRules)
    case snapshots([SnapshotSelector])
    /// Those that others have agreed to, and which can still be dropped.
    case agreed(Set<Digest32>)
}

/// What a `forget` would do, or did.
package struct ForgetPlan: Sendable {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        /// Why it is kept; empty for what is dropped.
        package var reasons: [RetentionPlan.Reason]
        /// When it was made, as far as nobody who owns its host can choose it.
        package var trustedTime: Timestamp

        /// Whether it is archived log, and no backup.
        package var isLog: Bool { summary.isLog }
    }

    /// By host, component and time.
    package var lines: [Line]
    /// Snapshots that were prepared and given up: no one will ever confirm them, and they hold space.
    package var unconfirmed: [SnapshotSummary]
    /// Named ones that a writer added after it was withdrawn.
    package var withheld: [SnapshotSummary] = []
    /// What times there are that cannot be.
    package var warnings: [String]
    /// Snapshots that this key does not open: they stay.
    package var unopened: Int
    package var digest: Digest32
    /// Components of which nothing is dropped, for nobody has looked at an alarm of theirs.
    package var paused: [String] = []

    /// What a slip of the keyboard looks like: more than ten snapshots of one component, and more than half of them.
    package struct Excess: Sendable {
        package var host: String
        package var component: String
        package var dropped: Int
        package var total: Int
    }

    package var excesses: [Excess] {
        // Log goes with the base backups before it, all at once.
        let backups = lines.filter { !$0.isLog }
        let groups = Dictionary(grouping: backups) { [$0.summary.writerHost, $0.summary.details?.component ?? ""] }
        return groups.sorted { $0.key.lexicographicallyPrecedes($1.key) }.compactMap { name, lines in
            let dropped = lines.count { $0.reasons.isEmpty }
            guard dropped > 10, dropped * 2 > lines.count else { return nil }
            return Excess(host: name[0], component: name[1], dropped: dropped, total: lines.count)
        }
    }

    /// Throws unless `confirmation` is this plan's digest, or there is none and the plan is no unusual one.
    func require(_ confirmation: String?) throws {
        if let confirmation {
            guard confirmation.lowercased() == digest.hex else {
                throw Failure(
                    .planUnconfirmed,
                    "The plan is another one than the one that was confirmed: it is \(digest.hex) now.",
                    advice: "Look at it again with --dry-run. Nothing was dropped.")
            }
            return
        }
        guard let excess = excesses.first else { return }
        throw Failure(
            .planUnconfirmed,
            "This would drop \(excess.dropped) of the \(excess.total) snapshots of '\(excess.component)' of \(excess.host). Nothing was dropped.",
            advice:
                "Look at it with --dry-run. If it is what you want, repeat the command with --confirm \(digest.hex).")
    }

    /// What others agree to: exactly these snapshots, whatever is backed up meanwhile.
    package func grave(_ repository: Repository) -> GravePlan {
        let neverConfirmed = Set(unconfirmed.map(\.id))
        let lines = leaving.sorted { $0.id < $1.id }.map { summary in
            "drop \(summary.id.hex) of \(summary.time.preciseDescription) by \(JSON.text(summary.writerHost).encoded)"
                + (summary.details.map { ", component \(JSON.text($0.component).encoded)" } ?? "")
                + (neverConfirmed.contains(summary.id) ? ", never confirmed" : "")
        }
        return GravePlan(
            .dropSnapshots, on: Target(components: components),
            lines: ["in repository \(repository.id.hex)"] + lines)
    }

    /// Of which components something would be dropped; all, where that cannot be told of something, and where nothing would be.
    package var components: Target.Extent {
        let names = leaving.map { $0.details.map { ArchivedFiles.owner(ofLine: $0.component) } }
        return names.contains(nil) ? .all : .init(names.compactMap { $0 })
    }

    /// The snapshots that the lines of such a plan name.
    package static func agreed(in words: String) -> ForgetChoice {
        .agreed(
            Set(
                words.split(separator: "\n").filter { $0.hasPrefix("drop ") }
                    .compactMap { Digest32(hex: $0.dropFirst(5).prefix(64)) }))
    }

    package var dropped: [SnapshotSummary] { lines.filter { $0.reasons.isEmpty }.map(\.summary) }
    /// All that go.
    package var leaving: [SnapshotSummary] { dropped + unconfirmed + withheld }
}

/// Makes the plan out of what is in the repository.
struct ForgetPlanning {
    private let repository: Repository
    private let opener: SealOpener
    private let catalog: SnapshotCatalog
    /// Those that can be opened, by id.
    private var opened: [Digest32: (snapshot: CatalogedSnapshot, summary: SnapshotSummary)] = [:]
    private var candidates: [RetentionCandidate] = []
    private(set) var logs = LogRetention()
    private var unopened = 0
    private let times: SnapshotTimes
    /// The store's own time, where locks go by it.
    private let now: Timestamp
    private let cleared: Set<Digest32>
    private var paused: Set<[String]> = []

    /// `state` is this host's, which knows the alarms that somebody has looked at.
    init(repository: Repository, opener: SealOpener, now: Timestamp, state: HostState?) throws {
        cleared = state.map { Alarms.cleared($0) } ?? []
        self.repository = repository
        self.opener = opener
        self.now = try repository.store.locking?.now() ?? now
        catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first {
            throw Failure(
                problem.code, "Not every snapshot can be read, so none is dropped. \(problem.message)",
                advice: problem.advice)
        }
        times = try SnapshotTimes(catalog, repository: repository, now: self.now)
        for snapshot in catalog.committed { try take(snapshot) }
        for index in candidates.indices
        where paused.contains([candidates[index].host, candidates[index].component]) {
            candidates[index].pins.append(.anomaly)
        }
    }

    private mutating func take(_ snapshot: CatalogedSnapshot) throws {
        do {
            let details = SnapshotDetails(try snapshot.description(opener: opener))
            let summary = SnapshotSummary(snapshot, keyring: repository.keyring, details: details)
            opened[snapshot.digest] = (snapshot, summary)
            if details.verdict?.level == .alarm, !cleared.contains(snapshot.digest) {
                paused.insert([summary.writerHost, details.component])
            }
            let candidate = RetentionCandidate(
                id: snapshot.digest, host: summary.writerHost, component: details.component,
                time: times.trusted(snapshot),
                isComplete: details.problems == 0, pins: pins(of: snapshot))
            if !logs.take(candidate, details) { candidates.append(candidate) }
        } catch let failure as Failure where failure.code == .keyDenied {
            unopened += 1
        }
    }

    private func pins(of snapshot: CatalogedSnapshot) -> [RetentionPlan.Reason] {
        (snapshot.record.requiredUntil > now ? [.locked] : []) + (snapshot.isHeld ? [.held] : [])
    }

    /// What retention would do, as values.
    func retention(_ choice: ForgetChoice) throws -> RetentionPlan {
        var plan: RetentionPlan
        switch choice {
        case .policy(let policy): plan = Retention.plan(candidates, policy: policy)
        case .rules(let rules): plan = Retention.plan(candidates, rules: rules)
        case .snapshots(let selectors):
            let counted = selectors.filter { $0.withheld(in: catalog) == nil }
            return try without(Set(try counted.map { try $0.resolve(in: catalog, opener: opener).digest }))
        case .agreed(let ids): return try without(ids.filter { opened[$0] != nil })
        }
        plan.entries += logs.entries(plan.entries, keepingAll: unopened > 0)
        return plan
    }

    func plan(_ choice: ForgetChoice) throws -> ForgetPlan { try plan(choice, by: try retention(choice)) }

    func plan(_ choice: ForgetChoice, by retention: RetentionPlan) throws -> ForgetPlan {
        let lines = retention.entries.compactMap { entry in
            opened[entry.snapshot.id].map {
                ForgetPlan.Line(summary: $0.summary, reasons: entry.reasons, trustedTime: entry.snapshot.time)
            }
        }
        var (unconfirmed, withheld): ([SnapshotSummary], [SnapshotSummary]) = ([], [])
        switch choice {
        case .snapshots(let selectors):
            withheld = try self.withheld(Set(selectors.compactMap { $0.withheld(in: catalog)?.digest }))
        case .agreed(let ids):
            (unconfirmed, withheld) = (try givenUp().filter { ids.contains($0.id) }, try self.withheld(ids))
        case .policy, .rules: unconfirmed = try givenUp()
        }
        let bytes = retention.encoded() + (unconfirmed + withheld).flatMap(\.id.bytes)
        return ForgetPlan(
            lines: lines, unconfirmed: unconfirmed, withheld: withheld, warnings: times.warnings + pauses,
            unopened: unopened,
            digest: SHA256Digest.of(bytes), paused: Set(paused.map { $0[1] }).sorted())
    }

    private var pauses: [String] {
        paused.sorted { $0.lexicographicallyPrecedes($1) }.map {
            "Nothing of '\($0[1])' of \($0[0]) is dropped: files of it look tampered with, and nobody has looked at them. 'safehold anomalies' says more."
        }
    }

    /// Those that were named, as long as a complete one of their component is left.
    private func without(_ named: Set<Digest32>) throws -> RetentionPlan {
        var plan = Retention.plan(candidates, policy: RetentionPolicy(last: .max))
        plan.entries += logs.entries(plan.entries, keepingAll: true)
        for index in plan.entries.indices where named.contains(plan.entries[index].snapshot.id) {
            plan.entries[index].reasons = []
        }
        for id in named where opened[id] == nil {
            throw Failure(
                .keyDenied, "This key does not open snapshot \(id.hex.prefix(12)), so its component is not known.",
                advice: "Use the key of a recipient of its epoch; 'safehold keys' lists them.")
        }
        for dropped in plan.dropped {
            if let pin = dropped.pins.first {
                throw Self.pinned(dropped.id, dropped.component, pin)
            }
            let left = plan.entries.contains {
                $0.isKept && $0.snapshot.isComplete && $0.snapshot.host == dropped.host
                    && $0.snapshot.component == dropped.component
            }
            guard left || !dropped.isComplete || opened[dropped.id]?.summary.isLog == true else {
                throw Failure(
                    .usage,
                    "After that no complete snapshot of '\(dropped.component)' of \(dropped.host) would be left.",
                    advice: "Back it up once more first, or leave one of its snapshots out.")
            }
        }
        return plan
    }

    private static func pinned(_ id: Digest32, _ component: String, _ pin: RetentionPlan.Reason) -> Failure {
        let (why, advice) =
            switch pin {
            case .held: ("it is under a legal hold", "Release it with 'safehold hold release' first.")
            case .anomaly:
                (
                    "nobody has looked at an alarm of '\(component)'",
                    "Look at 'safehold anomalies', and say with 'safehold anomalies clear' that all is well."
                )
            default: ("it is locked", "It can be dropped when its lock has ended.")
            }
        return Failure(.usage, "Snapshot \(id.hex.prefix(12)) stays: \(why).", advice: advice)
    }

    /// Their backups said that they would not go on, a day ago at least: by whatever mistake that was said, they have ended since.
    private func givenUp() throws -> [SnapshotSummary] {
        let day: Int64 = 86_400_000_000_000
        return try catalog.snapshots.filter { snapshot in
            let mark = Names.session(snapshot.record.writer, snapshot.record.session, "abandoned")
            return try !snapshot.isCommitted && !snapshot.isDropped
                && now.nanoseconds.subtractingReportingOverflow(snapshot.record.time.nanoseconds).partialValue > day
                && repository.store.size(of: mark) != nil
        }.map { SnapshotSummary($0, keyring: repository.keyring, details: nil) }
    }

    /// Those of `ids` that a writer added after it was withdrawn. No rule drops them: they are evidence.
    private func withheld(_ ids: Set<Digest32>) throws -> [SnapshotSummary] {
        try catalog.withheld.filter { ids.contains($0.digest) }.map { snapshot in
            if let pin = pins(of: snapshot).first { throw Self.pinned(snapshot.digest, "", pin) }
            let details = (try? snapshot.description(opener: opener)).map { SnapshotDetails($0) }
            return SnapshotSummary(snapshot, keyring: repository.keyring, details: details)
        }
    }

    func snapshot(_ id: Digest32) -> CatalogedSnapshot? { catalog.snapshots.first { $0.digest == id } }
}
