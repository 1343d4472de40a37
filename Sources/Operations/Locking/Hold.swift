import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Legal holds: snapshots that stay whatever the rules of retention say.
package enum Hold {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        package var isHeld: Bool
        package var since: Timestamp
        package var reason: String
        /// On how many objects the store set or lifted a hold of its own just now; nil where it has none.
        package var objects: Int?
    }

    /// Those under a hold, oldest snapshot first.
    package static func list(permit: consuming Permit<InspectAction>, repository: Repository) throws -> [Line] {
        let catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first { throw problem }
        return catalog.snapshots.filter(\.isHeld).compactMap { snapshot in
            snapshot.hold.map { Line(snapshot, $0, repository.keyring) }
        }
    }

    /// Holds a snapshot, or lets it go, and in a store that locks, what it needs as well. What is so already is not said again; what an
    /// earlier run left undone in the store is done. `scratch` is for what memory has no room for.
    package static func set(
        permit: (Target.Extent) throws -> Permit<HoldAction>, authority: KeyAuthority, selector: SnapshotSelector,
        isHeld: Bool,
        reason: String, scratch: String, leave: (GravePlan) throws -> Leave
    ) throws -> Line {
        try requireReason(reason)
        let session = try authority.open()
        let catalog = try SnapshotCatalog(repository: session.repository)
        if let problem = catalog.problems.first { throw problem }
        let snapshot = try selector.evidence(in: catalog, opener: session.opener)
        let components = components(of: snapshot, session.opener)
        try permit(components).require(components: components)
        guard isHeld || snapshot.hold != nil else {
            throw Failure(
                .usage, "Snapshot \(snapshot.digest.hex.prefix(12)) is under no hold.",
                advice: "'safehold hold list' shows those that are.")
        }
        let others = catalog.snapshots.filter { $0.isHeld && $0.digest != snapshot.digest }
        let holds = LegalHolds(session.repository, session.opener, space: CollectionSpace(folder: scratch))
        try holds?.requireKey(for: snapshot)
        if !isHeld {
            let grave = release(of: snapshot, on: components, in: session.repository.id)
            try leave(grave).require(.liftHold, plan: grave.digest)
        }
        // The record is there before the first hold of the store, and until the last.
        let lifted = isHeld ? nil : try holds?.lift(from: snapshot, sparing: others)
        let record =
            try snapshot.hold.flatMap { $0.isHeld == isHeld ? $0 : nil }
            ?? session.administration.hold(snapshot, isHeld, reason: reason, at: authority.clock.now())
        let placed = isHeld ? try holds?.place(on: snapshot) : nil
        var line = Line(snapshot, record, session.repository.keyring)
        line.objects = lifted ?? placed
        return line
    }

    /// What others agree to before a hold is lifted.
    package static func releasePlan(
        permit: (Target.Extent) throws -> Permit<HoldAction>, authority: KeyAuthority, selector: SnapshotSelector
    ) throws -> GravePlan {
        let session = try authority.open()
        let catalog = try SnapshotCatalog(repository: session.repository)
        if let problem = catalog.problems.first { throw problem }
        let snapshot = try selector.evidence(in: catalog, opener: session.opener)
        let components = components(of: snapshot, session.opener)
        try permit(components).require(components: components)
        return release(of: snapshot, on: components, in: session.repository.id)
    }

    /// All, where the key does not open it.
    private static func components(of snapshot: CatalogedSnapshot, _ opener: SealOpener) -> Target.Extent {
        let component = try? snapshot.description(opener: opener).component
        return component.map { .only([ArchivedFiles.owner(ofLine: $0)]) } ?? .all
    }

    private static func release(
        of snapshot: CatalogedSnapshot, on components: Target.Extent, in repository: RepositoryID
    ) -> GravePlan {
        GravePlan(
            .liftHold, on: Target(components: components),
            lines: ["in repository \(repository.hex)", "lift the hold from snapshot \(snapshot.digest.hex)"])
    }

    private static func requireReason(_ reason: String) throws {
        guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= 1000 else {
            throw Failure(
                .usage, "A hold needs a reason, of at most 1000 bytes.",
                advice: "Say who asked for it and why: --reason 'Order 17/2026 of the court, asked for by counsel'.")
        }
    }
}

extension Hold.Line {
    fileprivate init(_ snapshot: CatalogedSnapshot, _ record: HoldRecord, _ keyring: Keyring) {
        summary = SnapshotSummary(snapshot, keyring: keyring, details: nil)
        (isHeld, since, reason) = (record.isHeld, record.time, record.reason)
    }
}
