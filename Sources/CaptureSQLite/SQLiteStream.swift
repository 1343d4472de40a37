import CSQLite
import Capture
import Glibc
import Strategy

/// A database as it was at one moment, whoever writes to it meanwhile: SQLite's online backup under one read transaction
/// (sqlite.org/backup.html), into a file without a name on this host, from which it is read when it was found whole. In WAL mode
/// nobody waits for it; in the others, who writes waits until the copy is made.
package struct SQLiteStream: StreamSource {
    private let plan: SQLitePlan
    /// A directory with room for the database.
    private let scratch: String

    package init(_ plan: SQLitePlan, scratch: String) { (self.plan, self.scratch) = (plan, scratch) }

    package func open() throws(StreamFailure) -> any StreamReading { try SQLiteCopy(plan, scratch: scratch) }
}

/// The copy on its way: made, looked through, read.
private final class SQLiteCopy: StreamReading {
    /// So many pages at once, after which somebody may want to stop.
    private static let pagesAtOnce: Int32 = 1024

    private let plan: SQLitePlan
    private let source: SQLiteConnection
    private let target: SQLiteConnection
    /// Opened while the copy still has a name, and used when it is whole.
    private let checker: SQLiteConnection
    private let file: Int32
    private var backup: OpaquePointer?
    private var isOpen = true
    /// Whether SQLite itself made nothing of it yet, not even a first page.
    private let isEmpty: Bool

    init(_ plan: SQLitePlan, scratch: String) throws(StreamFailure) {
        self.plan = plan
        source = try SQLiteConnection(plan.path, writable: false)
        // From here on, every step sees the same.
        try source.run("begin")
        try source.run("select count(*) from sqlite_schema")
        isEmpty = try source.texts("pragma page_count") == ["0"]
        let name = scratch + "/safehold-sqlite-XXXXXX"
        var template = Array(name.utf8CString)
        file = mkstemp(&template)
        guard file >= 0 else {
            let reason = String(cString: strerror(errno))
            throw StreamFailure(
                .failed, "There is no place for a copy in \(scratch): \(reason).",
                advice: "Make room there, or set TMPDIR to a directory with room.")
        }
        _ = fcntl(file, F_SETFD, FD_CLOEXEC)
        let place = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        defer { unlink(place) }
        do {
            target = try SQLiteConnection(place, writable: true)
            checker = try SQLiteConnection(place, writable: false, name: plan.path)
            for setting in ["pragma journal_mode = off", "pragma synchronous = off"] { try target.run(setting) }
        } catch {
            close(file)
            throw error
        }
        guard let backup = sqlite3_backup_init(target.handle, "main", source.handle, "main") else {
            close(file)
            throw target.failure("cannot be copied", plan.path)
        }
        self.backup = backup
    }

    func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int? {
        if let backup {
            switch sqlite3_backup_step(backup, Self.pagesAtOnce) {
            case SQLITE_OK: return nil
            case SQLITE_BUSY, SQLITE_LOCKED:
                usleep(useconds_t(clamping: min(milliseconds, 50) * 1000))
                return nil
            case SQLITE_DONE:
                sqlite3_backup_finish(backup)
                self.backup = nil
                try source.run("commit")
                try check()
                return nil
            case let status: throw SQLiteConnection.failure(status, "cannot be copied", plan.path)
            }
        }
        let count = Glibc.read(file, room.baseAddress, room.count)
        guard count >= 0 else {
            let reason = String(cString: strerror(errno))
            throw StreamFailure(.failed, "The copy of \(plan.path) cannot be read: \(reason).", advice: "Run it again.")
        }
        return count
    }

    private func check() throws(StreamFailure) {
        guard plan.isChecked else { return }
        let said = try inRollbackMode { () throws(StreamFailure) in try checker.texts("pragma integrity_check(5)") }
        guard said == ["ok"] else { throw SQLiteConnection.damaged(plan.path, said.joined(separator: "; ")) }
    }

    /// A database in WAL mode wants a file beside it that a copy without a name cannot have: while it is looked at, its header (file format
    /// versions, sqlite.org/fileformat2.html, 1.3.3) says that it is not.
    private func inRollbackMode<R>(_ body: () throws(StreamFailure) -> R) throws(StreamFailure) -> R {
        let (place, rollback): (off_t, [UInt8]) = (18, [1, 1])
        var versions: [UInt8] = [0, 0]
        guard pread(file, &versions, 2, place) == 2, pwrite(file, rollback, 2, place) == 2 else {
            throw StreamFailure(
                .failed, "The copy of \(plan.path) cannot be written.", advice: "Look for room in TMPDIR.")
        }
        let outcome: Result<R, StreamFailure>
        do { outcome = .success(try body()) } catch { outcome = .failure(error) }
        guard pwrite(file, versions, 2, place) == 2 else {
            throw StreamFailure(
                .failed, "The copy of \(plan.path) cannot be written.", advice: "Look for room in TMPDIR.")
        }
        return try outcome.get()
    }

    func finish() throws(StreamFailure) -> [String] {
        guard isEmpty else { return [] }
        return [
            "The database \(plan.path) is an empty file, which SQLite takes for a database without tables. It was backed up as that: look whether something else should be there."
        ]
    }

    func abandon() {
        guard isOpen else { return }
        isOpen = false
        if let backup { sqlite3_backup_finish(backup) }
        backup = nil
        close(file)
    }
}
