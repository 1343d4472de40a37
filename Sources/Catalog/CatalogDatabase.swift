import GRDB
import Primitives

/// The local book of what was done: every run with its figures and its log, versions of the strategy, reviews, who was told of what. One
/// SQLite file in WAL mode. It can be lost: what counts lies in the repositories, and runs are read back from there.
/// Calls block, come from any thread, and throw `state-unusable`, `storage-full` or `catalog-damaged`.
package final class CatalogDatabase: Sendable {
    package let path: String
    private let pool: DatabasePool

    /// Opens the book at `path`, whose directory must be there, or begins it. Throws `catalog-damaged` for a file that is no book, or is
    /// broken, and `repository-newer` for one that a newer version wrote.
    package init(path: String) throws {
        self.path = path
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        // A command that looks beside a daemon that writes waits, and does not fail.
        configuration.busyMode = .timeout(20)
        configuration.maximumReaderCount = 2
        // Each commit is on the disk when it returns: there are few, and after a power cut the book tells what was.
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = FULL") }
        pool = try Self.translating(path) {
            let pool = try DatabasePool(path: path, configuration: configuration)
            let migrator = CatalogSchema.migrator
            if try pool.read({ try migrator.hasBeenSuperseded($0) }) { throw Self.newer(path) }
            try migrator.migrate(pool)
            return pool
        }
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path) { try pool.read(body) }
    }

    func write<Value>(_ body: (Database) throws -> Value) throws -> Value {
        try Self.translating(path) { try pool.write(body) }
    }

    /// Writes what the log beside the book holds into the book, and empties it unless somebody reads just now.
    func emptyLog() throws {
        try Self.translating(path) {
            try pool.writeWithoutTransaction { _ = try Row.fetchOne($0, sql: "PRAGMA wal_checkpoint(TRUNCATE)") }
        }
    }

    /// Reads every page and index. Throws `catalog-damaged` at the first that does not fit.
    package func check() throws {
        let said = try read { try String.fetchOne($0, sql: "PRAGMA quick_check(1)") } ?? ""
        guard said == "ok" else { throw Self.damaged(path, said) }
        let dangling = try read { try Row.fetchOne($0, sql: "PRAGMA foreign_key_check") }
        guard dangling == nil else { throw Self.damaged(path, "an entry refers to another that is not there") }
    }

    private static func translating<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            let said = error.message ?? error.resultCode.description
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw damaged(path, said)
            case .SQLITE_FULL:
                throw Failure(
                    .storageFull, "The catalog \(path) cannot grow: the disk is full.",
                    advice: "Free space there; backups that were made are in the repository all the same.")
            case .SQLITE_BUSY, .SQLITE_LOCKED:
                throw Failure(
                    .stateBusy, "The catalog \(path) is being written by another program for a long time.",
                    advice: "Try again; 'fuser \(path)' names who has it open.")
            default:
                throw Failure(
                    .stateUnusable, "The catalog \(path) cannot be used: \(said).",
                    advice: "Check owner, mode and free space; SAFEHOLD_HOME says where this host's state is kept.")
            }
        }
    }

    private static func damaged(_ path: String, _ said: String) -> Failure {
        Failure(
            .catalogDamaged, "The catalog \(path) is damaged: \(said).",
            advice:
                "Run 'safehold catalog rebuild': it is put aside and read back from the repositories. No backup depends on it."
        )
    }

    private static func newer(_ path: String) -> Failure {
        Failure(
            .repositoryNewer, "The catalog \(path) was written by a newer version of Safehold.",
            advice: "Use that version or a newer one.")
    }
}
