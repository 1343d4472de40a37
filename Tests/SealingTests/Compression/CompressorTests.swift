import CZstd
import Primitives
import Sealing
import TestSupport
import Testing

@Suite struct CompressorTests {
    private func compressed(_ bytes: [UInt8], _ level: CompressionLevel = .standard, room: Int? = nil) -> [UInt8]? {
        let compressor = Compressor(level: level)
        var output = [UInt8](repeating: 0, count: room ?? Compressor.bound(bytes.count))
        let count = bytes.withUnsafeBytes { input in
            output.withUnsafeMutableBytes { compressor.compress(input, into: $0) }
        }
        return count.map { Array(output.prefix($0)) }
    }

    private func plain(_ frame: [UInt8], _ count: Int, with decompressor: borrowing Decompressor) throws(EncodingError)
        -> [UInt8]
    {
        var output = [UInt8](repeating: 0, count: count)
        let result: Result<Void, EncodingError> = frame.withUnsafeBytes { frame in
            output.withUnsafeMutableBytes { output in
                do throws(EncodingError) { return .success(try decompressor.decompress(frame, into: output)) } catch {
                    return .failure(error)
                }
            }
        }
        try result.get()
        return output
    }

    private static func text(_ count: Int) -> [UInt8] {
        var generator = SeededGenerator(seed: 40)
        var text: [UInt8] = []
        while text.count < count { text += "line \(generator.next() % 5_000) of a log file\n".utf8 }
        return Array(text.prefix(count))
    }

    @Test(arguments: CompressionLevel.allCases)
    func whatShrinksComesBack(level: CompressionLevel) throws {
        let decompressor = Decompressor()
        for count in [64, 1_000, 32_768, 300_000] {
            for bytes in [Self.text(count), [UInt8](repeating: 0, count: count)] {
                guard let frame = compressed(bytes, level) else {
                    #expect(count == 64)
                    continue
                }
                #expect(frame.count < count - count / 32)
                #expect(try plain(frame, count, with: decompressor) == bytes)
            }
        }
    }

    @Test func whatDoesNotShrinkStaysPlain() {
        var generator = SeededGenerator(seed: 41)
        for count in [0, 1, 63, 64, 5_000, 40_000, 300_000] { #expect(compressed(generator.bytes(count)) == nil) }
        #expect(compressed([UInt8](repeating: 0, count: 63)) == nil)
        #expect(compressed(Self.text(300_000), room: 100) == nil)
    }

    @Test func aRandomHeadDoesNotHideACompressibleRest() throws {
        var generator = SeededGenerator(seed: 42)
        let bytes = generator.bytes(50_000) + Self.text(250_000)
        let frame = try #require(compressed(bytes))
        #expect(frame.count < 200_000)
    }

    /// Every byte value occurs equally often in a counter; chance would never be that even.
    @Test func countersAreNotTakenForRandomBytes() throws {
        let counter = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
        let frame = try #require(compressed(counter))
        #expect(frame.count < 5_000)
    }

    @Test func anotherSizeIsRefused() throws {
        let bytes = Self.text(10_000)
        let frame = try #require(compressed(bytes))
        let decompressor = Decompressor()
        for count in [0, 9_999, 10_001, 20_000] {
            #expect(throws: EncodingError.self) { try plain(frame, count, with: decompressor) }
        }
        #expect(try plain(frame, 10_000, with: decompressor) == bytes)
    }

    @Test func damagedFramesAreRefused() throws {
        let bytes = Self.text(10_000)
        let frame = try #require(compressed(bytes))
        let decompressor = Decompressor()
        for count in [0, 1, 4, frame.count / 2, frame.count - 1] {
            #expect(throws: EncodingError.self) { try plain(Array(frame.prefix(count)), 10_000, with: decompressor) }
        }
        #expect(throws: EncodingError.self) { try plain(frame.flippingBit(0), 10_000, with: decompressor) }
        #expect(throws: EncodingError.self) {
            try plain([UInt8](repeating: 0x5A, count: 200), 10_000, with: decompressor)
        }
        #expect(try plain(frame, 10_000, with: decompressor) == bytes)
    }

    @Test func aDeltaNeedsItsBaseEachTime() throws {
        let base = Self.text(20_000)
        let bytes = Array(base[5_000...] + [1, 2, 3] + base[..<5_000])
        let context = try #require(ZSTD_createCCtx())
        defer { ZSTD_freeCCtx(context) }
        var frame = [UInt8](repeating: 0, count: 30_000)
        // With a checksum zstd notices another base by itself; a blob's seal does that here.
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        let count = base.withUnsafeBytes { base in
            ZSTD_CCtx_refPrefix(context, base.baseAddress, base.count)
            return ZSTD_compress2(context, &frame, frame.count, bytes, bytes.count)
        }
        frame.removeSubrange(count...)
        #expect(frame.count < 1_000)

        let decompressor = Decompressor()
        var output = [UInt8](repeating: 0, count: bytes.count)
        func decompress(_ prefix: [UInt8]) throws {
            try frame.withUnsafeBytes { frame in
                try prefix.withUnsafeBytes { prefix in
                    try output.withUnsafeMutableBytes { try decompressor.decompress(frame, prefix: prefix, into: $0) }
                }
            }
        }
        for _ in 0..<2 {
            try decompress(base)
            #expect(output == bytes)
            #expect(throws: EncodingError.self) { try decompress([]) }
            #expect(throws: EncodingError.self) { try decompress(base.reversed()) }
        }
    }

    @Test func thereIsOneFrameAndNothingBehindIt() throws {
        let half = Self.text(10_000)
        let frame = try #require(compressed(half))
        let decompressor = Decompressor()
        let problem = EncodingError("is not one compressed frame")
        #expect(throws: problem) { try plain(frame + frame, 20_000, with: decompressor) }
        #expect(throws: problem) {
            try plain(frame + [0x50, 0x2A, 0x4D, 0x18, 0, 0, 0, 0], 10_000, with: decompressor)
        }
        #expect(throws: problem) { try plain([], 0, with: decompressor) }
        #expect(throws: EncodingError.self) { try plain(frame + [0], 10_000, with: decompressor) }
    }
}
