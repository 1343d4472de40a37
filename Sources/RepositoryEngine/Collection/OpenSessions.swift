import Primitives
import Storage

/// Backups that are under way, as far as their marks tell. Nothing depends on it but how often a backup has to begin again.
package struct OpenSessions: Sendable {
    package struct Session: Sendable, Hashable {
        package var writer: WriterID
        package var session: SessionID
    }

    /// With what the writer's clock said when they began.
    package private(set) var sessions: [Session: Timestamp] = [:]

    /// A mark that cannot be read counts as that of a session that just began.
    package init(_ repository: Repository, now: Timestamp) throws {
        var marks: [Session: Set<Substring>] = [:]
        for name in try repository.store.names(below: "sessions") {
            let parts = name.path.split(separator: "/")
            guard parts.count == 4, let writer = WriterID(hex: parts[1]), let session = SessionID(hex: parts[2]) else {
                continue
            }
            marks[Session(writer: writer, session: session), default: []].insert(parts[3])
        }
        for (session, found) in marks where found.contains("intent") && found.isDisjoint(with: ["end", "abandoned"]) {
            sessions[session] = Self.began(session, repository) ?? now
        }
    }

    private static func began(_ session: Session, _ repository: Repository) -> Timestamp? {
        let name = Names.session(session.writer, session.session, "intent")
        guard let certificate = repository.keyring.writers[session.writer],
            let bytes = try? repository.store.readAll(name, limit: 1 << 20),
            let fields = try? SignedRecord.verified(
                bytes, as: .intent, by: certificate.key, repository: repository.id, name: name),
            let time = try? fields.integer(3)
        else { return nil }
        return Timestamp(nanoseconds: Int64(bitPattern: time))
    }

    /// Those that began less than `seconds` before `now`, or after it by a clock that is wrong.
    package func younger(than seconds: UInt64, at now: Timestamp) -> [Session] {
        let limit = Int64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let span = limit.overflow ? .max : limit.partialValue
        return sessions.filter {
            now.nanoseconds.subtractingReportingOverflow($0.value.nanoseconds).partialValue < span
        }
        .map(\.key).sorted { ($0.writer, $0.session) < ($1.writer, $1.session) }
    }
}
