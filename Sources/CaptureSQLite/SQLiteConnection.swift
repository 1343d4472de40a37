import CSQLite
import Capture
import Glibc

/// A connection to a database file.
final class SQLiteConnection {
    let handle: OpaquePointer
    private let path: String
    private static let patience: Int32 = 60_000

    /// `name` is what it is called when something is wrong; nil for its path.
    init(_ path: String, writable: Bool, name: String? = nil) throws(StreamFailure) {
        let name = name ?? path
        self.path = name
        var handle: OpaquePointer?
        let flags = writable ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY
        let status = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard status == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            if access(path, F_OK) != 0, errno == ENOENT || errno == ENOTDIR { throw Self.missing(name) }
            throw Self.failure(status, "cannot be opened", name)
        }
        self.handle = handle
        sqlite3_busy_timeout(handle, Self.patience)
    }

    deinit { sqlite3_close_v2(handle) }

    func run(_ statement: String) throws(StreamFailure) {
        let status = sqlite3_exec(handle, statement, nil, nil, nil)
        guard status == SQLITE_OK else { throw failure("cannot be read", path) }
    }

    /// The first column of every row.
    func texts(_ statement: String) throws(StreamFailure) -> [String] {
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v2(handle, statement, -1, &prepared, nil) == SQLITE_OK else {
            throw failure("cannot be read", path)
        }
        defer { sqlite3_finalize(prepared) }
        var texts: [String] = []
        while true {
            switch sqlite3_step(prepared) {
            case SQLITE_ROW: texts.append(sqlite3_column_text(prepared, 0).map { String(cString: $0) } ?? "")
            case SQLITE_DONE: return texts
            default: throw failure("cannot be read", path)
            }
        }
    }

    func failure(_ what: String, _ path: String) -> StreamFailure {
        Self.failure(sqlite3_extended_errcode(handle), what, path)
    }

    static func missing(_ path: String) -> StreamFailure {
        StreamFailure(
            .missing, "There is no database \(path).",
            advice:
                "Correct 'path' in the strategy, or mount what should be there. A database that is gone for good is taken out of the strategy; its backups stay."
        )
    }

    static func damaged(_ path: String, _ said: String) -> StreamFailure {
        StreamFailure(
            .failed, "The database \(path) is damaged: \(said).",
            advice:
                "Restore it from the last backup, or save what is left with '.recover' of sqlite3. With 'integrity-check: no' it is backed up as it is."
        )
    }

    static func failure(_ status: Int32, _ what: String, _ path: String) -> StreamFailure {
        let message = "The database \(path) \(what): \(String(cString: sqlite3_errstr(status)))."
        switch status & 0xFF {
        case SQLITE_BUSY, SQLITE_LOCKED:
            return StreamFailure(
                .unreachable, message, advice: "Another program holds it locked for long; it is tried again.")
        case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY, SQLITE_AUTH:
            return StreamFailure(
                .denied, message,
                advice:
                    "May this user read it? In WAL mode its directory has to be writable too, for the '-shm' file; and what a crash left behind only its owner can roll back."
            )
        case SQLITE_CORRUPT: return damaged(path, String(cString: sqlite3_errstr(status)))
        case SQLITE_NOTADB:
            return StreamFailure(
                .failed, message,
                advice: "It is no SQLite database, or an encrypted one: back it up as a file among 'sources'.")
        case SQLITE_FULL:
            return StreamFailure(
                .failed, message, advice: "There has to be room for a copy in TMPDIR (/var/tmp where it is not set).")
        default:
            return StreamFailure(.failed, message, advice: "'sqlite3 FILE \"pragma integrity_check\"' tells more.")
        }
    }
}
