import Primitives
import RepositoryEngine
import Sealing

/// How a person names a snapshot: `latest`, `latest:COMPONENT`, the beginning of its id, or WRITERPREFIX/SEQUENCE.
package enum SnapshotSelector: Sendable, Equatable {
    case latest(component: String?)
    case id(prefix: String)
    case sequence(writer: String, UInt64)

    /// Throws `usage` for a text that names no snapshot.
    package init(_ text: String) throws {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if text == "latest" {
            self = .latest(component: nil)
        } else if text.hasPrefix("latest:"), text.count > 7 {
            self = .latest(component: String(text.dropFirst(7)))
        } else if parts.count == 2, Self.isPrefix(parts[0], atLeast: 1, atMost: 32), let sequence = UInt64(parts[1]) {
            self = .sequence(writer: parts[0].lowercased(), sequence)
        } else if parts.count == 1, Self.isPrefix(parts[0], atLeast: 4, atMost: 64) {
            self = .id(prefix: text.lowercased())
        } else {
            throw Failure(
                .usage, "'\(text)' does not name a snapshot.",
                advice:
                    "Use latest, latest:COMPONENT, at least four digits of an id, or WRITER/SEQUENCE; 'safehold snapshots' lists them."
            )
        }
    }

    private static func isPrefix(_ text: Substring, atLeast minimum: Int, atMost maximum: Int) -> Bool {
        (minimum...maximum).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && $0.isHexDigit }
    }

    /// The one committed snapshot that is meant. Throws `snapshot-missing`, or `usage` with the candidates where there are several.
    package func resolve(in catalog: SnapshotCatalog, opener: SealOpener) throws -> CatalogedSnapshot {
        let committed = catalog.committed
        switch self {
        case .latest(nil):
            guard let newest = committed.last(where: { !$0.isLog(opener) }) else {
                throw Self.missing("There is no snapshot in the repository yet")
            }
            return newest
        case .latest(let component?):
            for snapshot in committed.reversed() {
                guard let description = try? snapshot.description(opener: opener) else { continue }
                if description.component == component { return snapshot }
            }
            throw Self.missing("There is no snapshot of the component '\(component)'")
        case .id(let prefix):
            return try Self.only(
                committed.filter { $0.digest.hex.hasPrefix(prefix) }, "an id that begins with \(prefix)")
        case .sequence(let writer, let sequence):
            let found = committed.filter { $0.record.sequence == sequence && $0.record.writer.hex.hasPrefix(writer) }
            return try Self.only(found, "sequence \(sequence) of a writer that begins with \(writer)")
        }
    }

    /// The one that is meant among those that do not count because their writer was withdrawn; nil where none is.
    func withheld(in catalog: SnapshotCatalog) -> CatalogedSnapshot? {
        let found = catalog.withheld.filter { snapshot in
            switch self {
            case .latest: false
            case .id(let prefix): snapshot.digest.hex.hasPrefix(prefix)
            case .sequence(let writer, let sequence):
                snapshot.record.sequence == sequence && snapshot.record.writer.hex.hasPrefix(writer)
            }
        }
        return found.count == 1 ? found[0] : nil
    }

    /// As `resolve`, and one that does not count because its writer was withdrawn: it may have to be kept for those who look into it.
    func evidence(in catalog: SnapshotCatalog, opener: SealOpener) throws -> CatalogedSnapshot {
        try withheld(in: catalog) ?? resolve(in: catalog, opener: opener)
    }

    private static func only(_ found: [CatalogedSnapshot], _ what: String) throws -> CatalogedSnapshot {
        guard let first = found.first else { throw missing("There is no snapshot with \(what)") }
        guard found.count == 1 else {
            let candidates = found.prefix(10).map { "\($0.digest.hex.prefix(16)) of \($0.record.time)" }.joined(
                separator: ", ")
            throw Failure(
                .usage, "There are \(found.count) snapshots with \(what).",
                advice: "Give more digits. Candidates: \(candidates).")
        }
        return first
    }

    private static func missing(_ what: String) -> Failure {
        Failure(.snapshotMissing, what + ".", advice: "'safehold snapshots' lists what there is.")
    }
}
