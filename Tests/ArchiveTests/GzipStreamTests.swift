import Archive
import Foundation
import Primitives
import TestSupport
import Testing

/// What others read of our gzip streams.
@Suite struct GzipStreamTests {
    private final class Collected: Sendable {
        let bytes = Monitor<[UInt8]>([])
        /// Lengths after each call.
        let lengths = Monitor<[Int]>([])
        func take(_ some: UnsafeRawBufferPointer) {
            bytes.withLock { $0 += some }
            lengths.withLock { $0.append(bytes.withLock { $0.count }) }
        }
    }

    /// Compressible and not, in stretches.
    private static func material(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = SeededGenerator(seed: seed)
        var bytes: [UInt8] = []
        while bytes.count < count {
            let stretch = min(count - bytes.count, Int.random(in: 1...300_000, using: &random))
            let noise = Bool.random(using: &random)
            bytes += noise ? random.bytes(stretch) : [UInt8](repeating: UInt8(stretch & 0xFF), count: stretch)
        }
        return bytes
    }

    private static func compress(_ bytes: [UInt8], pieces: Int, threads: Int) throws -> Collected {
        let collected = Collected()
        let stream = GzipStream(threads: threads) { collected.take($0) }
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            try bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { try stream.write($0) }
        }
        try stream.finish()
        return collected
    }

    @Test(
        "gzip and python read every length, and the same bytes become the same stream",
        arguments: [1, 511, 512 << 10, (512 << 10) + 1, 5_000_000])
    func lengths(count: Int) throws {
        let folder = try TemporaryFolder()
        let bytes = Self.material(count, seed: UInt64(count))
        let stream = try Self.compress(bytes, pieces: 70_001, threads: 2).bytes.withLock { $0 }
        #expect(stream == (try Self.compress(bytes, pieces: count, threads: 1).bytes.withLock { $0 }))
        #expect(Array(try PlainTool.run(["gzip", "-dc"], in: folder.path, input: stream).output) == bytes)
        let python = "import sys, gzip; sys.stdout.buffer.write(gzip.decompress(sys.stdin.buffer.read()))"
        #expect(Array(try PlainTool.run(["python3", "-c", python], in: folder.path, input: stream).output) == bytes)
    }

    @Test("Wherever a stream breaks off between two writes, gzip says so") func brokenOff() throws {
        let folder = try TemporaryFolder()
        let collected = try Self.compress(Self.material(3_000_000, seed: 3), pieces: 100_000, threads: 2)
        let (bytes, lengths) = (collected.bytes.withLock { $0 }, collected.lengths.withLock { $0 })
        try #require(lengths.count > 5)
        for length in lengths.dropLast() {
            let tested = try PlainTool.run(["gzip", "-t"], in: folder.path, input: Array(bytes.prefix(length)))
            #expect(tested.status == 1, "\(length) of \(bytes.count) bytes pass for whole")
        }
        #expect(try PlainTool.run(["gzip", "-t"], in: folder.path, input: bytes).status == 0)
    }

    @Test("A stream that is given up has no end") func givenUp() throws {
        let folder = try TemporaryFolder()
        let collected = Collected()
        do {
            let stream = GzipStream(threads: 2) { collected.take($0) }
            try Self.material(2_000_000, seed: 4).withUnsafeBytes { try stream.write($0) }
        }
        let bytes = collected.bytes.withLock { $0 }
        if !bytes.isEmpty { #expect(try PlainTool.run(["gzip", "-t"], in: folder.path, input: bytes).status == 1) }
    }

    @Test("What the sink throws comes back to who writes") func failing() throws {
        let full = Failure(.storageFull, "No room.", advice: "Make room.")
        let stream = GzipStream(threads: 2) { _ in throw full }
        let bytes = Self.material(1 << 20, seed: 5)
        #expect(throws: full) {
            for _ in 0..<100 { try bytes.withUnsafeBytes { try stream.write($0) } }
            try stream.finish()
        }
    }
}
