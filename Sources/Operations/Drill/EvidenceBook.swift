import Primitives
import Sealing

/// Where a host keeps the records of its tests: a file each below its state, never written twice.
package struct EvidenceBook: Sendable {
    package let folder: String

    package init(_ state: HostState) { folder = state.root + "/evidence" }

    private static let limit = 16 << 20

    /// Durable when this returns.
    func add(_ record: EvidenceRecord) throws {
        try LocalFile.makeDirectories(folder)
        let path = path(of: record.id)
        guard try LocalFile.read(path, limit: Self.limit) == nil else {
            throw Failure(
                .stateUnusable, "There is a record \(record.id) already.", advice: "Hold the test again in a moment.")
        }
        try LocalFile.write(record.bytes, to: path)
    }

    private func path(of id: String) -> String { "\(folder)/\(id).json" }

    /// Oldest first: ids begin with the time.
    package func ids() throws -> [String] {
        try LocalFile.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Throws `evidence-missing` where there is none of that id, or several whose ids begin so.
    package func record(_ beginning: String) throws -> EvidenceRecord {
        let found = try ids().filter { $0 == beginning || ($0.hasPrefix(beginning) && !beginning.isEmpty) }
        guard let id = found.first(where: { $0 == beginning }) ?? (found.count == 1 ? found[0] : nil) else {
            throw Failure(
                .evidenceMissing,
                found.isEmpty
                    ? "There is no record of a test '\(beginning)'."
                    : "\(found.count) records have an id that begins with '\(beginning)'.",
                advice: "'safehold drill list' lists the tests that were held here.")
        }
        return try read(id)
    }

    /// Throws `evidence-incomplete` for a file that is none any more.
    package func read(_ id: String) throws -> EvidenceRecord {
        guard let bytes = try LocalFile.read(path(of: id), limit: Self.limit) else {
            throw Failure(
                .evidenceMissing, "There is no record of a test '\(id)'.",
                advice: "'safehold drill list' lists the tests that were held here.")
        }
        return try EvidenceRecord(decoding: bytes)
    }

    /// Of the file as it is, which need not be a record any more; nil where there is none.
    package func digest(_ id: String) throws -> Digest32? {
        try LocalFile.read(path(of: id), limit: Self.limit).map { SHA256Digest.of($0) }
    }

    package func file(of id: String) -> String { path(of: id) }
}
