import Identity
import Primitives
import RepositoryEngine

/// What is to be erased.
package enum ErasureChoice: Sendable {
    /// All snapshots of a component, of whatever host, with its archived log.
    case component(String)
    case snapshots([SnapshotSelector])
    /// What others have agreed to, by the lines that they were shown.
    case agreed(String)
}

/// What an erasure would do, or did.
package struct ErasurePlan: Sendable {
    package struct Line: Sendable {
        package var summary: SnapshotSummary
        package var isHeld: Bool
        /// Until when the repository's locks keep it; nil where they do not.
        package var lockedUntil: Timestamp?
    }

    /// Another place that the same data may lie in, as far as this host knows.
    package struct Copy: Sendable, Equatable {
        package enum Kind: String, Sendable { case store, medium }

        package var kind: Kind
        package var name: String
        package var place: String?
        /// When it was brought up to date; nil where this host does not know.
        package var copied: Timestamp?

        package init(_ kind: Kind, name: String, place: String?, copied: Timestamp? = nil) {
            (self.kind, self.name, self.place, self.copied) = (kind, name, place, copied)
        }
    }

    /// What only these snapshots need, and a collection frees when they are dropped.
    package struct Sole: Sendable {
        package var chunks: UInt64
        /// As stored.
        package var bytes: UInt64
        /// In how many packs it lies.
        package var packs: UInt64
        /// Those of them that the store keeps for now.
        package var locked: CollectReport.Locked

        init(_ content: SoleContent) {
            (chunks, bytes, packs) = (content.chunks, content.bytes, content.packs)
            locked = CollectReport.Locked(content.locked)
        }
    }

    /// Where all of a component is erased, and not only some snapshots.
    package var component: String?
    /// By their ids.
    package var lines: [Line]
    package var sole: Sole
    package var copies: [Copy]
    /// Backups that are under way or were cut off: a collection waits for them, and they may store the same again.
    package var backupsUnderWay: UInt64
    /// What others agree to: exactly these snapshots.
    package var grave: GravePlan

    package var digest: Digest32 { grave.digest }
    package var blocked: [Line] { lines.filter { $0.isHeld || $0.lockedUntil != nil } }
    package var files: UInt64 { lines.reduce(0) { $0 + ($1.summary.details?.files ?? 0) } }
    package var contentBytes: UInt64 { lines.reduce(0) { $0 + ($1.summary.details?.contentBytes ?? 0) } }

    /// Throws where anything of it is under a hold or a lock: then nothing is erased.
    package func requireFree() throws {
        guard !blocked.isEmpty else { return }
        let names = blocked.prefix(5).map { line in
            let why = line.isHeld ? "under a legal hold" : "locked until \(line.lockedUntil?.description ?? "")"
            return "\(line.summary.id.hex.prefix(12)) is \(why)"
        }
        let more = blocked.count > 5 ? ", and \(blocked.count - 5) more" : ""
        throw Failure(
            .usage, "Nothing is erased over a hold or a lock: snapshot \(names.joined(separator: ", "))\(more).",
            advice:
                "Have the hold released ('safehold hold release') or wait until the lock has ended; then make the plan anew. Nothing was changed."
        )
    }

    /// Throws unless `confirmation` is this plan's digest.
    func require(_ confirmation: String?) throws {
        if confirmation?.lowercased() == digest.hex { return }
        let what =
            confirmation == nil
            ? "What is erased does not come back, so the plan has to be confirmed by its digest"
            : "The plan is another one than the one that was confirmed"
        throw Failure(
            .planUnconfirmed, "\(what): it is \(digest.hex).",
            advice:
                "Look at it with --dry-run. If it is what you want, repeat the command with --confirm and that digest. Nothing was erased."
        )
    }
}

extension ErasurePlan.Line {
    /// As others are shown it.
    var words: String {
        "erase \(summary.id.hex) of \(summary.time.preciseDescription) by \(JSON.text(summary.writerHost).encoded)"
            + ", component \(JSON.text(summary.details?.component ?? "").encoded)"
    }
}

extension GravePlan {
    /// Exactly these snapshots, and where `component` is given, that it has no others.
    init(erasing lines: [ErasurePlan.Line], allOf component: String?, in repository: RepositoryID) {
        let whole = component.map { ["\(Self.wholeWords)\(JSON.text($0).encoded)"] } ?? []
        let names = lines.map { ArchivedFiles.owner(ofLine: $0.summary.details?.component ?? "") }
        self.init(
            .erase, on: Target(components: .init(names)),
            lines: ["in repository \(repository.hex)"] + whole + lines.map(\.words).sorted())
    }

    fileprivate static let wholeWords = "all snapshots of component "
}

/// What the lines of an agreed plan name.
struct AgreedErasure {
    let snapshots: Set<Digest32>
    let isWhole: Bool

    init(_ words: String) {
        let lines = words.split(separator: "\n")
        snapshots = Set(
            lines.filter { $0.hasPrefix("erase ") }.compactMap { Digest32(hex: $0.dropFirst(6).prefix(64)) })
        isWhole = lines.contains { $0.hasPrefix(GravePlan.wholeWords) }
    }
}
