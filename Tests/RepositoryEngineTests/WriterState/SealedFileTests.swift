import Foundation
import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct SealedFileTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/state" }

    init() throws { folder = try TemporaryFolder() }

    private static var key: SecretBytes { SecretBytes(count: 32) { $0[0] = 7 } }

    private func write(_ records: [[UInt8]], tail: [UInt8]? = nil) throws {
        try? FileManager.default.removeItem(atPath: path)
        let writer = try SealedFile.Writer(path: path, cacheKey: Self.key)
        for record in records { try writer.append(record) }
        if let tail { try writer.finish(tail: tail) } else { try writer.flush() }
    }

    private func reader(_ key: borrowing SecretBytes = SealedFileTests.key) throws -> SealedFile.Reader {
        guard let reader = SealedFile.Reader(path: path, cacheKey: key) else {
            throw EncodingError("is no sealed file")
        }
        return reader
    }

    private func read(_ key: borrowing SecretBytes = SealedFileTests.key) -> [[UInt8]]? {
        guard let reader = SealedFile.Reader(path: path, cacheKey: key) else { return nil }
        var records: [[UInt8]] = []
        while let record = reader.next() { records.append(record) }
        return records
    }

    private let records: [[UInt8]] = [
        [], [1], [UInt8](repeating: 2, count: 100_000), [3, 3], [UInt8](repeating: 4, count: 3 << 20),
    ]

    @Test func recordsAreReadBackInOrder() throws {
        try write(records)
        #expect(read() == records)
        try write([])
        #expect(read() == [])
    }

    @Test func theTailIsReadFirstOrLast() throws {
        try write(records, tail: [9, 9, 9])
        let reader = try self.reader()
        #expect(reader.tail() == [9, 9, 9])
        #expect(reader.next() == [] && reader.next() == [1])
        #expect(reader.tail() == [9, 9, 9], "the tail disturbs no reader")
        #expect(reader.next() == records[2])
        #expect(read() == records)
    }

    @Test func aFileWithoutATailHasNone() throws {
        try write(records)
        #expect(try reader().tail() == nil)
        try write([])
        #expect(try reader().tail() == nil)
    }

    /// A run that is killed leaves a torn end: what is whole before it counts.
    @Test func aTornEndIsAnEnd() throws {
        let small = records.dropLast().map { Array($0.prefix(500)) }
        try write(small, tail: [5])
        let whole = try Data(contentsOf: URL(filePath: path))
        var last = 0
        for count in 0..<whole.count {
            try whole.prefix(count).write(to: URL(filePath: path))
            guard count >= 24 else {
                #expect(read() == nil, "\(count) bytes")
                continue
            }
            let found = try #require(read())
            #expect(found == Array(small.prefix(found.count)) && found.count >= last, "\(count) bytes")
            last = found.count
            #expect(try reader().tail() == nil)
        }
        #expect(last == small.count)
    }

    @Test func anAlteredRecordEndsTheFile() throws {
        try write([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        let whole = Array(try Data(contentsOf: URL(filePath: path)))
        for bit in 0..<whole.count * 8 {
            try Data(whole.flippingBit(bit)).write(to: URL(filePath: path))
            let found = read() ?? []
            #expect(
                found.count < 3 && found == Array([[1, 2, 3], [4, 5, 6], [7, 8, 9]].prefix(found.count)), "bit \(bit)")
        }
    }

    @Test func recordsCannotChangePlaces() throws {
        try write([[1, 1], [2, 2]])
        var bytes = Array(try Data(contentsOf: URL(filePath: path)))
        let size = 4 + 2 + 16
        let (first, second) = (Array(bytes[24..<24 + size]), Array(bytes[24 + size..<24 + 2 * size]))
        bytes.replaceSubrange(24..., with: second + first)
        try Data(bytes).write(to: URL(filePath: path))
        #expect(read() == [])
        try Data(bytes[..<24] + first + first).write(to: URL(filePath: path))
        #expect(read() == [[1, 1]])
    }

    @Test func anotherKeyReadsNothing() throws {
        try write(records, tail: [1])
        #expect(read(SecretBytes.random(count: 32)) == [])
        #expect(try reader(SecretBytes.random(count: 32)).tail() == nil)
    }

    @Test func aFileIsNeverOverwritten() throws {
        try write(records)
        #expect(failureCode { _ = try SealedFile.Writer(path: path, cacheKey: Self.key) } == .stateUnusable)
        #expect(
            failureCode { _ = try SealedFile.Writer(path: folder.path + "/no/such", cacheKey: Self.key) }
                == .stateUnusable)
        #expect(read() == records)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
    }

    /// A length is a limit, not a promise: 4 GiB on paper are not 4 GiB of memory.
    @Test func lengthsAreNotTrusted() throws {
        try write([[1]])
        let whole = Array(try Data(contentsOf: URL(filePath: path)))
        for length in [UInt32(0), 15, 16, 18, 1 << 20, 64 << 20, (64 << 20) + 1, .max] {
            var bytes = whole
            withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(24..<28, with: $0) }
            try Data(bytes).write(to: URL(filePath: path))
            #expect(read() == [])
        }
        for offset in [UInt64(0), 24, 1 << 40, .max, .max - 3, .max - 4] {
            try write([[1]], tail: [2])
            var bytes = Array(try Data(contentsOf: URL(filePath: path)))
            withUnsafeBytes(of: offset.littleEndian) { bytes.replaceSubrange(bytes.count - 8..<bytes.count, with: $0) }
            try Data(bytes).write(to: URL(filePath: path))
            #expect(try reader().tail() == nil)
        }
    }
}
