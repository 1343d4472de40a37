import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing
import WriteAheadLog

@testable import Operations

@Suite("What a host remembers of snapshots that it read") struct LogIndexCacheTests {
    private let folder: TemporaryFolder
    private let repository = RepositoryID.random()
    private let writer = WriterID.random()

    init() throws { folder = try TemporaryFolder() }

    private var path: String { folder.path + "/index" }

    private func cache() -> LogIndexCache { LogIndexCache(path, repository: repository, line: "cluster/wal") }

    private func key(_ number: Int) -> LogIndex.Key { LogIndex.Key(writer: writer, sequence: UInt64(number)) }

    private func files(_ number: Int) throws -> ArchivedFiles {
        let name = try #require(
            LogFileName("0000000100000000000000" + (number < 16 ? "0" : "") + String(number, radix: 16).uppercased()))
        return ArchivedFiles(
            [ArchivedFile(name: name, digest: SHA256Digest.of([UInt8(number)]), written: Timestamp(nanoseconds: 7))],
            system: 9, segmentSize: .usual)
    }

    private func add(_ numbers: ClosedRange<Int>, living: ClosedRange<Int>) throws {
        var cache = cache()
        let found = try numbers.map { (key($0), $0 % 2 == 0 ? nil : try files($0)) }
        cache.add(Dictionary(uniqueKeysWithValues: found), of: Set(living.map(key)))
    }

    private func content() throws -> [UInt8] { try #require(try LocalFile.read(path, limit: 1 << 20)) }

    @Test("is added to, and written anew where much of it is of no use any more") func growth() throws {
        try add(1...150, living: 1...150)
        let before = try content()
        try add(151...152, living: 1...152)
        let after = try content()
        #expect(after.starts(with: before) && after.count > before.count)
        let read = cache()
        #expect(read.known.count == 152)
        #expect(try read[key(151)] == .some(files(151)))
        #expect(read[key(152)] == .some(nil) && read[key(153)] == nil)
        // Of those that were dropped nothing is kept.
        try add(153...153, living: 152...153)
        #expect(Set(cache().known.keys) == Set([key(152), key(153)]))
        #expect(try content().count < after.count)
    }

    @Test("is believed line by line: a half one, or one of another line's, says nothing") func damage() throws {
        try add(1...6, living: 1...6)
        let whole = try content()
        for length in 0..<whole.count {
            try LocalFile.write(Array(whole.prefix(length)), to: path)
            for (key, archived) in cache().known {
                #expect(try archived == (key.sequence % 2 == 0 ? nil : files(Int(key.sequence))))
            }
        }
        var flipped = whole
        flipped[try #require(whole.firstIndex(of: 0x0A)) + 5] ^= 1
        try LocalFile.write(flipped, to: path)
        #expect(cache().known.count == 5)
        #expect(LogIndexCache(path, repository: repository, line: "other/wal").known.isEmpty)
        try LocalFile.write(Array(whole.dropLast(20)), to: path)
        try add(1...7, living: 1...7)
        #expect(cache().known.count == 7)
    }
}
