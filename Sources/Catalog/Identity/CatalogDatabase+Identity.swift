import Foundation
import GRDB
import Primitives

/// A row of what the room Identity keeps; what its bytes mean is not the catalog's business.
package struct IdentityRow: Sendable, Hashable {
    /// One of `CatalogDatabase.identityTables`.
    package var table: String
    package var key: [UInt8]
    package var bytes: [UInt8]

    package init(table: String, key: [UInt8], bytes: [UInt8]) {
        (self.table, self.key, self.bytes) = (table, key, bytes)
    }
}

/// How far that has come: one more with each change, a seal over all rows, and the seal of the number before.
package struct IdentityVersion: Sendable, Equatable {
    package var number: UInt64
    package var seal: Digest32
    package var before: Digest32

    package init(number: UInt64, seal: Digest32, before: Digest32) {
        (self.number, self.seal, self.before) = (number, seal, before)
    }
}

extension CatalogDatabase {
    package static let identityTables = [
        "note", "person", "role", "credential", "authenticator", "signer", "session", "request", "words",
        "signing_period", "signature", "proof", "service",
    ]

    /// Nil where no directory of persons was founded.
    package func identity() throws -> (version: IdentityVersion, rows: [IdentityRow])? { try read(Self.identity) }

    /// One decision: what is kept is read, and what `change` makes of it is written, with nobody in between. Nothing is written where it throws.
    package func changeIdentity(
        _ change: ((version: IdentityVersion, rows: [IdentityRow])?) throws -> (IdentityVersion, [IdentityRow])
    ) throws {
        try write { db in
            let before = try Self.identity(db)
            let (version, rows) = try change(before)
            try Self.replace(before?.rows ?? [], with: rows, db)
            try db.execute(sql: "DELETE FROM identity_version")
            try db.execute(
                sql: "INSERT INTO identity_version (number, seal, before) VALUES (?, ?, ?)",
                arguments: [Int64(version.number), Data(version.seal.bytes), Data(version.before.bytes)])
        }
    }

    private static func replace(_ before: [IdentityRow], with after: [IdentityRow], _ db: Database) throws {
        let (old, new) = (Set(before), Set(after))
        for row in old.subtracting(new) {
            try db.execute(sql: "DELETE FROM identity_\(row.table) WHERE key = ?", arguments: [Data(row.key)])
        }
        for row in new.subtracting(old) {
            try db.execute(
                sql: "INSERT INTO identity_\(row.table) (key, bytes) VALUES (?, ?)",
                arguments: [Data(row.key), Data(row.bytes)])
        }
    }

    private static func identity(_ db: Database) throws -> (version: IdentityVersion, rows: [IdentityRow])? {
        guard let row = try Row.fetchOne(db, sql: "SELECT * FROM identity_version") else { return nil }
        let (number, seal, before): (Int64, Data, Data) = (row["number"], row["seal"], row["before"])
        let version = IdentityVersion(
            number: UInt64(bitPattern: number), seal: Digest32(bytes: Array(seal)) ?? .zero,
            before: Digest32(bytes: Array(before)) ?? .zero)
        var rows: [IdentityRow] = []
        for table in identityTables {
            for row in try Row.fetchAll(db, sql: "SELECT key, bytes FROM identity_\(table)") {
                let (key, bytes): (Data, Data) = (row["key"], row["bytes"])
                rows.append(IdentityRow(table: table, key: Array(key), bytes: Array(bytes)))
            }
        }
        return (version, rows)
    }
}
