import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Makes the plan of an erasure out of what is in the repository. Changes nothing.
struct ErasurePlanning {
    let repository: Repository
    let opener: SealOpener
    let catalog: SnapshotCatalog
    /// The store's own time, where locks go by it.
    private let now: Timestamp

    init(repository: Repository, opener: SealOpener, now: Timestamp) throws {
        (self.repository, self.opener) = (repository, opener)
        self.now = try repository.store.locking?.now() ?? now
        catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first {
            throw Failure(
                problem.code, "Not every snapshot can be read, so none is erased. \(problem.message)",
                advice: problem.advice)
        }
    }

    func plan(
        _ choice: ErasureChoice, copies: [ErasurePlan.Copy], space: CollectionSpace,
        checkpoint: @escaping () throws -> Void
    ) throws -> ErasurePlan {
        let (component, snapshots) = try chosen(choice)
        let lines = try snapshots.map(line).sorted { $0.summary.id < $1.summary.id }
        let sole = try SoleContent(
            of: Set(lines.map(\.summary.id)), in: repository, opener: opener, space: space, checkpoint: checkpoint)
        return ErasurePlan(
            component: component, lines: lines, sole: ErasurePlan.Sole(sole), copies: copies,
            backupsUnderWay: UInt64(try OpenSessions(repository, now: now).sessions.count),
            grave: GravePlan(erasing: lines, allOf: component, in: repository.id))
    }

    private func line(_ snapshot: CatalogedSnapshot) throws -> ErasurePlan.Line {
        let details = SnapshotDetails(try snapshot.description(opener: opener))
        let until = snapshot.record.requiredUntil
        return ErasurePlan.Line(
            summary: SnapshotSummary(snapshot, keyring: repository.keyring, details: details),
            isHeld: snapshot.isHeld, lockedUntil: until > now ? until : nil)
    }

    private func chosen(_ choice: ErasureChoice) throws -> (component: String?, [CatalogedSnapshot]) {
        switch choice {
        case .component(let name): return (name, try all(of: name))
        case .snapshots(let selectors):
            let found = try selectors.map { try $0.resolve(in: catalog, opener: opener) }
            let known = Dictionary(found.map { ($0.digest, $0) }, uniquingKeysWith: { first, _ in first })
            return (nil, Array(known.values))
        case .agreed(let words):
            let agreed = AgreedErasure(words)
            let found = catalog.snapshots.filter { !$0.isDropped && agreed.snapshots.contains($0.digest) }
            guard let first = found.first, found.count == agreed.snapshots.count else {
                throw ApprovalRefusal.otherPlan.failure
            }
            guard agreed.isWhole else { return (nil, found) }
            // What came or went meanwhile makes it another plan, which nobody agreed to.
            let name = ArchivedFiles.owner(ofLine: try first.description(opener: opener).component)
            return (name, try all(of: name))
        }
    }

    /// Throws where some snapshot may be of it and nobody can tell, or may still come to be.
    private func all(of component: String) throws -> [CatalogedSnapshot] {
        var found: [CatalogedSnapshot] = []
        for snapshot in catalog.snapshots where !snapshot.isDropped {
            guard ArchivedFiles.owner(ofLine: try nameOfComponent(of: snapshot)) == component else { continue }
            guard try snapshot.isCommitted || isGivenUp(snapshot) else {
                throw Failure(
                    .stateBusy,
                    "A backup of '\(component)' by \(repository.keyring.writers[snapshot.record.writer]?.host ?? "") is under way or was cut off. Nothing was erased.",
                    advice: "Run it again when that backup is done; the host's next backup closes what was cut off.")
            }
            found.append(snapshot)
        }
        guard !found.isEmpty else {
            throw Failure(
                .snapshotMissing, "There is no snapshot of the component '\(component)'.",
                advice: "'safehold snapshots' lists what there is.")
        }
        return found
    }

    private func nameOfComponent(of snapshot: CatalogedSnapshot) throws -> String {
        do {
            return try snapshot.description(opener: opener).component
        } catch let failure as Failure where failure.code == .keyDenied {
            throw Failure(
                .keyDenied,
                "This key does not open snapshot \(snapshot.digest.hex.prefix(12)), so nobody knows of which component it is.",
                advice:
                    "Use a key that opens all of them ('safehold keys' lists them), or erase single ones with --snapshot."
            )
        }
    }

    /// Its backup said that it would not go on.
    private func isGivenUp(_ snapshot: CatalogedSnapshot) throws -> Bool {
        let mark = Names.session(snapshot.record.writer, snapshot.record.session, "abandoned")
        return try repository.store.size(of: mark) != nil
    }
}
