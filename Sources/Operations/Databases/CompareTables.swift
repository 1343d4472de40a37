import Capture
import Identity
import Primitives
import Strategy

/// Whether a database holds what was counted when it was backed up.
package enum CompareTables {
    package struct Difference: Sendable, Equatable {
        /// Such as "public.visits".
        package var table: String
        /// Rows and digest in the backup; nil where the table was not there.
        package var expected: String?
        package var found: String?
    }

    /// In the order of the backup's tables, then those that only the database has. `plan` says how to reach the database.
    package static func run(
        permit: consuming Permit<VerifyAction>, plan: PostgresPlan, counted: [UInt8], surroundings: Surroundings
    ) throws -> (tables: Int, differences: [Difference]) {
        let expected = try TableCounts(counted)
        var only = plan
        (only.isWhole, only.keepsGlobals, only.selections, only.countsRows) = (true, false, [], true)
        let found = try TableCounts(try count(only, surroundings))
        var differences = expected.tables.compactMap { table, counts in
            found.counts[table] == counts
                ? nil : Difference(table: table, expected: counts, found: found.counts[table])
        }
        differences += found.tables.filter { expected.counts[$0.table] == nil }.map {
            Difference(table: $0.table, expected: nil, found: $0.counts)
        }
        return (expected.tables.count, differences)
    }

    private static func count(_ plan: PostgresPlan, _ surroundings: Surroundings) throws -> [UInt8] {
        do {
            let held = try surroundings.holdPostgres(plan)
            defer { held.release() }
            guard let file = held.files.first(where: { $0.name.hasSuffix(PostgresPlan.tablesSuffix) }) else {
                return []
            }
            var reading = try file.source.open()
            defer { reading.abandon() }
            return try read(&reading, surroundings)
        } catch let failure as StreamFailure {
            throw Failure(failure, about: "The database '\(plan.database)' could not be read")
        }
    }

    private static func read(_ reading: inout any StreamReading, _ surroundings: Surroundings) throws -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if surroundings.terminal.isInterrupted() { throw Failure.interrupted }
            guard let count = try buffer.withUnsafeMutableBytes({ try reading.read(into: $0, waiting: 200) }) else {
                continue
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        _ = try reading.finish()
        return bytes
    }
}

/// The tables in a DATABASE.tables.json, each of which stands on a line of its own.
private struct TableCounts {
    private(set) var tables: [(table: String, counts: String)] = []
    private(set) var counts: [String: String] = [:]

    init(_ bytes: [UInt8]) throws {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first?.hasPrefix("{\"format\":1,") == true, lines.last == "]}" else {
            throw Failure(
                .usage, "These are no counts of tables, or of a newer kind.",
                advice: "DATABASE.tables.json is meant, as backups of this version make it.")
        }
        for line in lines.dropFirst().dropLast() {
            let entry = line.last == "," ? line.dropLast() : line
            guard let rows = entry.firstRange(of: ",\"rows\":"), entry.hasPrefix("{\"schema\":"), entry.hasSuffix("}")
            else {
                continue
            }
            let name = entry[..<rows.lowerBound].dropFirst("{\"schema\":".count).replacing(",\"table\":", with: ".")
            let counts = entry[rows.upperBound...].dropLast().replacing(",\"digest\":", with: " rows, digest ")
            tables.append((name.filter { $0 != "\"" }, counts.filter { $0 != "\"" }))
        }
        self.counts = Dictionary(tables.map { ($0.table, $0.counts) }, uniquingKeysWith: { first, _ in first })
    }
}
