import Capture
import Operations
import Primitives
import RepositoryEngine
import Synchronization
import TestSupport
import Testing

@testable import Identity

/// Files of a snapshot whose content is a stream (COMP-4): whole or not there.
@Suite("A file made of a stream") struct StreamedFileTests {
    /// Gives `content` in pieces, with pauses, and then ends well or not.
    private struct Source: StreamSource {
        var content: [UInt8]
        var failure: StreamFailure?
        let ended = Ended()

        final class Ended: Sendable { let count = Atomic(0) }

        func open() throws(StreamFailure) -> any StreamReading { Reading(source: self) }

        struct Reading: StreamReading {
            let source: Source
            var position = 0
            var turn = 0

            mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int)
                throws(StreamFailure)
                -> Int?
            {
                turn += 1
                if turn % 3 == 0 { return nil }
                let count = min(room.count, source.content.count - position, 1 + turn * 7919 % 100_000)
                room.copyBytes(from: source.content[position..<position + count])
                position += count
                return count
            }

            mutating func finish() throws(StreamFailure) -> [String] {
                if let failure = source.failure { throw failure }
                return ["a remark"]
            }

            mutating func abandon() { source.ended.count.add(1, ordering: .relaxed) }
        }
    }

    private func backup(_ trip: RoundTrip, _ streams: [(String, Source)], trees: Bool = false) throws -> BackupSummary {
        var options = BackupOptions(
            paths: trees ? [Array(trip.source.utf8)] : [], component: "db", host: "elsewhere", user: "test",
            software: "test")
        options.streams = streams.map { StreamedFile(path: Array($0.0.utf8), source: $0.1) }
        return try Backup.run(
            permit: Permit(owner: "test"), repository: trip.repository, host: trip.host, options: options,
            observer: SilentObserver(), clock: trip.clock)
    }

    private func newest(_ trip: RoundTrip) throws -> CatalogedSnapshot {
        try #require(try SnapshotCatalog(repository: trip.repository).committed.last)
    }

    private static func bytes(_ count: Int, seed: UInt64) -> [UInt8] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    @Test("comes back byte for byte, of whatever size", arguments: [1, 1000, 200_000, 9_000_000])
    func comesBack(_ count: Int) throws {
        let trip = try RoundTrip()
        let source = Source(content: Self.bytes(count, seed: UInt64(count)))
        let summary = try backup(trip, [("/db/a.dump", source)])
        #expect(summary.files == 1 && summary.contentBytes == UInt64(count) && !summary.isPartial)
        _ = try trip.restore(try newest(trip))
        #expect(trip.content("a.dump") == source.content)
        #expect(source.ended.count.load(ordering: .relaxed) == 1)
        #expect(try trip.verify().findings.isEmpty)
    }

    @Test("stands among trees in its place") func amongTrees() throws {
        let trip = try RoundTrip()
        trip.write("file", Array("content".utf8))
        let streams = [("/zz/last", 50), ("/a/first", 40), ("/a/b/middle", 30)].map {
            ($0.0, Source(content: Self.bytes($0.1, seed: 1)))
        }
        for _ in 0..<2 {
            _ = try backup(trip, streams, trees: true)
            _ = try trip.restore(try newest(trip)) { $0.strip = false }
            for (path, source) in streams { #expect(trip.content(String(path.dropFirst())) == source.content) }
            #expect(trip.content(String(trip.source.dropFirst()) + "/file") == Array("content".utf8))
            #expect(try trip.verify().findings.isEmpty)
        }
    }

    @Test("that fails, early or at its end, leaves no snapshot, and what follows is whole") func fails() throws {
        let trip = try RoundTrip()
        let failure = StreamFailure(.failed, "It broke.", advice: "Mend it.")
        for count in [0, 10, 3_000_000] {
            let broken = Source(content: Self.bytes(count, seed: 3), failure: failure)
            let whole = Source(content: Self.bytes(5_000_000, seed: 4))
            #expect(throws: Failure(.streamFailed, "'b.dump' could not be made: It broke.", advice: "Mend it.")) {
                try backup(trip, [("/db/a.dump", whole), ("/db/b.dump", broken)])
            }
            #expect(broken.ended.count.load(ordering: .relaxed) == 1)
        }
        #expect(try SnapshotCatalog(repository: trip.repository).committed.isEmpty)
        let mended = Source(content: Self.bytes(3_000_000, seed: 3))
        _ = try backup(trip, [("/db/b.dump", mended)])
        _ = try trip.restore(try newest(trip))
        #expect(trip.content("b.dump") == mended.content)
    }

    @Test("has a name of its own, or is refused before anything is read") func names() throws {
        let trip = try RoundTrip()
        trip.write("file", [1])
        let source = Source(content: [1])
        for path in [trip.source, trip.source + "/file", trip.source + "/other/file"] {
            #expect(throws: Failure.self) { try backup(trip, [(path, source)], trees: true) }
        }
        #expect(throws: Failure.self) { try backup(trip, [("/db/a", source), ("/db/a", source)]) }
        #expect(throws: Failure.self) { try backup(trip, [("/db/a", source), ("/db/a/b", source)]) }
        #expect(throws: Failure.self) { try backup(trip, []) }
        #expect(source.ended.count.load(ordering: .relaxed) == 0)
    }
}
