import GRDB
import Primitives

extension CatalogDatabase {
    /// Takes out of the book what it says of runs beyond their figures, for these snapshots or for all of a component: messages, logs and alarms may
    /// name files. The runs themselves stay: they prove that backups were made.
    package func erase(snapshots: [String], component: String?) throws {
        try write { db in
            // What is deleted is overwritten in the file as well.
            try db.execute(sql: "PRAGMA secure_delete = ON")
            for snapshot in snapshots { try Self.erase("snapshot = ?", snapshot, db) }
            if let component { try Self.erase("subject = ?", component, db) }
            for snapshot in snapshots {
                try db.execute(sql: "DELETE FROM anomaly WHERE snapshot = ?", arguments: [snapshot])
            }
            if let component { try db.execute(sql: "DELETE FROM anomaly WHERE component = ?", arguments: [component]) }
        }
        try emptyLog()
    }

    private static func erase(_ condition: String, _ value: String, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM run_line WHERE runId IN (SELECT id FROM run WHERE \(condition))", arguments: [value])
        try db.execute(
            sql: "UPDATE run SET message = NULL, advice = NULL, anomaly = NULL WHERE \(condition)", arguments: [value])
    }
}
