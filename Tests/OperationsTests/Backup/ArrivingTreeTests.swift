import Capture
import Operations
import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Trees of a snapshot that come as one stream (COMP-4): whole or not there, whatever their order.
@Suite("A tree that arrives as a stream") struct ArrivingTreeTests {
    private struct Source: TreeSource {
        var entries: [(entry: ArrivedEntry, content: [UInt8])]
        var failure: StreamFailure?
        var verdict = TreeVerdict()

        func open() throws(StreamFailure) -> any TreeReading { Reading(self) }
    }

    /// Comes in pieces, with pauses.
    private final class Reading: TreeReading {
        private let source: Source
        private var number = 0
        private var position = 0
        private var turn = 0

        init(_ source: Source) { self.source = source }

        func next(waiting milliseconds: Int) throws(StreamFailure) -> TreeArrival {
            turn += 1
            if turn % 5 == 0 { return .waiting }
            guard number < source.entries.count else { return .end }
            number += 1
            position = 0
            return .entry(source.entries[number - 1].entry)
        }

        func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int? {
            turn += 1
            if turn % 7 == 0 { return nil }
            let content = source.entries[number - 1].content
            let count = min(room.count, content.count - position, 1 + turn * 7919 % 100_000)
            room.copyBytes(from: content[position..<position + count])
            position += count
            return count
        }

        func took(_ size: UInt64, _ digest: Digest32) throws(StreamFailure) {
            let content = source.entries[number - 1].content
            guard size == UInt64(content.count), digest == SHA256Digest.of(content) else {
                throw StreamFailure(.failed, "Something else was taken.", advice: "Look at the test.")
            }
        }

        func finish() throws(StreamFailure) -> TreeVerdict {
            if let failure = source.failure { throw failure }
            return source.verdict
        }

        func abandon() {}
    }

    private static func entry(_ path: String, _ kind: ArrivedEntry.Kind) -> ArrivedEntry {
        ArrivedEntry(path: Array(path.utf8), kind: kind, mode: 0o640, uid: 0, gid: 0, modified: 1_700_000_000)
    }

    private static func file(_ path: String, _ content: [UInt8]) -> (ArrivedEntry, [UInt8]) {
        (entry(path, .file(size: UInt64(content.count))), content)
    }

    private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    private func backup(_ trip: RoundTrip, _ source: Source, delta: Bool = false) throws -> BackupSummary {
        var options = BackupOptions(paths: [], component: "db", host: "elsewhere", user: "test", software: "test")
        options.delta = delta
        options.trees = [StreamedTree(path: Array("/db".utf8), source: source)]
        return try Backup.run(
            permit: Permit(owner: "test"), repository: trip.repository, host: trip.host, options: options,
            observer: SilentObserver(), clock: trip.clock)
    }

    private func newest(_ trip: RoundTrip) throws -> CatalogedSnapshot {
        try #require(try SnapshotCatalog(repository: trip.repository).committed.last)
    }

    @Test("comes back with all that is in it, in whatever order it came") func comesBack() throws {
        let trip = try RoundTrip()
        let large = Self.bytes(7_000_000, seed: 1)
        var entries = [
            Self.file("data/z", [1]), Self.file("data/base/2", large),
            (Self.entry("data/link", .link(target: Array("/srv/x".utf8))), []),
            (Self.entry("data/base", .directory), []), Self.file("data/base-1", []),
            (Self.entry("data", .directory), []),
        ]
        for _ in 0..<2 {
            let summary = try backup(trip, Source(entries: entries))
            #expect(summary.files == 3 && summary.directories == 3 && summary.others == 1 && !summary.isPartial)
            _ = try trip.restore(try newest(trip))
            #expect(trip.content("data/base/2") == large && trip.content("data/base-1") == [])
            #expect(trip.content("data/z") == [1])
            #expect(try trip.verify().findings.isEmpty)
            entries.reverse()
        }
    }

    @Test("of more entries than are held in memory comes in order, and again is nothing new") func many() throws {
        let trip = try RoundTrip()
        let count = 40_000
        let entries = (0..<count).map { number in
            let name = "d\(number * 7919 % count)"
            return number % 100 == 0 ? Self.file(name, Array(name.utf8)) : (Self.entry(name, .directory), [])
        }
        let first = try backup(trip, Source(entries: entries))
        #expect(first.files == 400 && first.directories == 39_601)
        let second = try backup(trip, Source(entries: entries))
        #expect(second.files == 400 && second.newBytes == 0 && second.storedBytes < first.storedBytes / 4)
        #expect(try trip.verify().findings.isEmpty)
    }

    @Test(
        "with differences stores little where one page in a hundred changed, and nothing of the same again",
        arguments: [false, true]) func pages(_ isPaged: Bool) throws
    {
        let trip = try RoundTrip()
        var (visits, wards) = (PagedFile(256, seed: 3), PagedFile(256, seed: 4))
        func file(_ path: String, _ content: [UInt8]) -> (ArrivedEntry, [UInt8]) {
            var file = Self.file(path, content)
            file.0.isPaged = isPaged
            return file
        }
        func arrive() throws -> BackupSummary {
            let source = Source(entries: [
                file("base/5/16384", visits.bytes), Self.file("PG_VERSION", Array("15\n".utf8)),
                (Self.entry("base", .directory), []), file("base/5/16385", wards.bytes),
                (Self.entry("base/5", .directory), []),
            ])
            return try backup(trip, source, delta: true)
        }
        let first = try arrive()
        visits.rewrite(3)
        wards.rewrite(2)
        let second = try arrive()
        #expect(second.storedBytes * 100 <= first.storedBytes * 3, "\(second.storedBytes) of \(first.storedBytes)")
        #expect(try trip.restore(try newest(trip)).problems.isEmpty)
        #expect(trip.content("base/5/16384") == visits.bytes && trip.content("base/5/16385") == wards.bytes)
        #expect(trip.content("PG_VERSION") == Array("15\n".utf8))
        #expect(try arrive().newBytes == 0)
        // It became longer, then shorter.
        let whole = visits.bytes
        // The last chunk is stored whole where the new bytes are more than half of it: up to twice as much, wherever the cuts are.
        visits.bytes += Self.bytes(40_000, seed: 5)
        #expect(try arrive().storedBytes < 150_000)
        #expect(try trip.restore(try newest(trip)).problems.isEmpty)
        #expect(trip.content("base/5/16384") == visits.bytes)
        visits.bytes = Array(whole[..<1_000_000])
        #expect(try arrive().storedBytes < 400_000)
        #expect(try trip.restore(try newest(trip)).problems.isEmpty)
        #expect(trip.content("base/5/16384") == visits.bytes)
        #expect(try trip.verify().isIntact)
    }

    @Test("that fails leaves no snapshot; one that is damaged where it comes from is partial") func fails() throws {
        let trip = try RoundTrip()
        let failure = StreamFailure(.failed, "It broke.", advice: "Mend it.")
        var source = Source(entries: [Self.file("a", Self.bytes(1_000_000, seed: 2))], failure: failure)
        #expect(throws: Failure(.streamFailed, "'db' could not be made: It broke.", advice: "Mend it.")) {
            try backup(trip, source)
        }
        source.failure = nil
        source.entries.append(source.entries[0])
        #expect(throws: Failure.self) { try backup(trip, source) }
        #expect(try SnapshotCatalog(repository: trip.repository).committed.isEmpty)
        source.entries.removeLast()
        source.verdict.damaged = [(Array("a".utf8), "block 3 is damaged")]
        let summary = try backup(trip, source)
        #expect(
            summary.problems == [EntryProblem(path: Array("/db/a".utf8), kind: .damaged, reason: "block 3 is damaged")])
        #expect(try SnapshotCatalog(repository: trip.repository).committed.count == 1)
    }
}
