import CZstd
import Primitives

/// How hard to compress.
package enum CompressionLevel: Int32, Sendable, CaseIterable {
    case fast = 1, standard = 3, best = 12
}

/// A zstd context (RFC 8878) for one thread, reused from chunk to chunk.
package struct Compressor: ~Copyable {
    private let context: OpaquePointer
    private let level: CompressionLevel

    package init(level: CompressionLevel) {
        guard let context = ZSTD_createCCtx() else { fatalError("out of memory for a compression context") }
        self.context = context
        self.level = level
        ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level.rawValue)
    }

    deinit { ZSTD_freeCCtx(context) }

    /// Of libzstd, as it is linked.
    package static var libraryVersion: String { String(cString: ZSTD_versionString()) }

    /// The largest size that `count` bytes can come out as.
    package static func bound(_ count: Int) -> Int { ZSTD_compressBound(count) }

    /// Compresses into `output`. Nil when that would not save 3 %, so that the plain bytes are the better choice.
    package func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) -> Int? {
        guard input.count >= 64, !Self.looksIncompressible(input) else { return nil }
        let written = ZSTD_compress2(context, output.baseAddress, output.count, input.baseAddress, input.count)
        guard ZSTD_isError(written) == 0, written < input.count - input.count / 32 else { return nil }
        return written
    }

    /// Compresses into `output` what `prefix` does not say already. Nil when it does not fit.
    package func compress(
        _ input: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) -> Int? {
        // The whole prefix has to be within reach of the last byte.
        let reach = max(1 << 10, prefix.count + input.count)
        ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, Int32(Int.bitWidth - (reach - 1).leadingZeroBitCount))
        defer {
            // What did not fit leaves its frame open, and nothing could be set or begun.
            ZSTD_CCtx_reset(context, ZSTD_reset_session_only)
            ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, 0)
        }
        // The prefix holds for one frame.
        guard ZSTD_isError(ZSTD_CCtx_refPrefix(context, prefix.baseAddress, prefix.count)) == 0 else { return nil }
        let written = ZSTD_compress2(context, output.baseAddress, output.count, input.baseAddress, input.count)
        return ZSTD_isError(written) == 0 ? written : nil
    }

    /// Looks at three samples of a large input: where all of them look random, the whole is not worth the time.
    private static func looksIncompressible(_ input: UnsafeRawBufferPointer) -> Bool {
        let sample = 4096
        guard input.count >= 8 * sample else { return false }
        return [0, 1, 2].allSatisfy { part in
            let start = (input.count - sample) / 2 * part
            return looksRandom(UnsafeRawBufferPointer(rebasing: input[start..<start + sample]))
        }
    }

    /// True when the histogram of `sample` is as flat as that of random bytes and no flatter: chi-squared with 255 degrees
    /// of freedom leaves these bounds less than once in ten million samples. Text, code, tables and machine code are far
    /// above; counters and ramps are far below; compressed and encrypted data pass.
    private static func looksRandom(_ sample: UnsafeRawBufferPointer) -> Bool {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 256) { histogram in
            histogram.initialize(repeating: 0)
            for byte in sample { histogram[Int(byte)] &+= 1 }
            let expected = sample.count / 256
            var squares = 0
            for count in histogram {
                let difference = Int(count) - expected
                squares += difference * difference
            }
            return (130..<400).contains(squares / expected)
        }
    }
}

/// A zstd decompression context for one thread.
package struct Decompressor: ~Copyable {
    private let context: OpaquePointer

    package init() {
        guard let context = ZSTD_createDCtx() else { fatalError("out of memory for a decompression context") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    /// Decompresses exactly one frame, with nothing behind it, that must fill `output`.
    /// `prefix` is the base plaintext of a delta, else empty.
    package func decompress(
        _ input: UnsafeRawBufferPointer, prefix: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0),
        into output: UnsafeMutableRawBufferPointer
    ) throws(EncodingError) {
        guard ZSTD_findFrameCompressedSize(input.baseAddress, input.count) == input.count else {
            throw EncodingError("is not one compressed frame")
        }
        if prefix.count > 0 { ZSTD_DCtx_refPrefix(context, prefix.baseAddress, prefix.count) }
        let written = ZSTD_decompressDCtx(context, output.baseAddress, output.count, input.baseAddress, input.count)
        guard ZSTD_isError(written) == 0 else {
            throw EncodingError("does not decompress: \(String(cString: ZSTD_getErrorName(written)))")
        }
        guard written == output.count else {
            throw EncodingError("decompresses to \(written) bytes, not \(output.count)")
        }
    }
}
