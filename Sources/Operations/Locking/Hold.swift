import Primitives
import RepositoryEngine

/// Legal holds: snapshots that stay whatever the rules of retention say.
package enum Hold {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        package var isHeld: Bool
        package var since: Timestamp
        package var reason: String
    }

    /// Those under a hold, oldest snapshot first.
    package static func list(permit: consuming Permit<InspectAction>, repository: Repository) throws -> [Line] {
        let catalog = try SnapshotCatalog(repository: repository)
        if let problem = catalog.problems.first { throw problem }
        return catalog.snapshots.filter(\.isHeld).compactMap { snapshot in
            snapshot.hold.map { Line(snapshot, $0, repository.keyring) }
        }
    }

    /// Holds a snapshot, or lets it go. What is so already is not said again.
    package static func set(
        permit: consuming Permit<HoldAction>, authority: KeyAuthority, selector: SnapshotSelector, isHeld: Bool,
        reason: String
    ) throws -> Line {
        guard reason.contains(where: { !$0.isWhitespace }), reason.utf8.count <= 1000 else {
            throw Failure(
                .usage, "A hold needs a reason, of at most 1000 bytes.",
                advice: "Say who asked for it and why: --reason 'Order 17/2026 of the court, asked for by counsel'.")
        }
        let session = try authority.open()
        let catalog = try SnapshotCatalog(repository: session.repository)
        if let problem = catalog.problems.first { throw problem }
        let snapshot = try selector.resolve(in: catalog, opener: session.opener)
        if snapshot.isHeld == isHeld, let hold = snapshot.hold {
            return Line(snapshot, hold, session.repository.keyring)
        }
        guard isHeld || snapshot.isHeld else {
            throw Failure(
                .usage, "Snapshot \(snapshot.digest.hex.prefix(12)) is under no hold.",
                advice: "'safehold hold list' shows those that are.")
        }
        let record = try session.administration.hold(
            snapshot, isHeld, reason: reason, at: authority.clock.now())
        return Line(snapshot, record, session.repository.keyring)
    }
}

extension Hold.Line {
    fileprivate init(_ snapshot: CatalogedSnapshot, _ record: HoldRecord, _ keyring: Keyring) {
        summary = SnapshotSummary(snapshot, keyring: keyring, details: nil)
        (isHeld, since, reason) = (record.isHeld, record.time, record.reason)
    }
}
