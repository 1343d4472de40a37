import CDeflate
import Primitives

/// Compresses blocks to gzip members (RFC 1952). One per thread.
struct GzipMember: ~Copyable {
    /// As small as gzip's own level 6, in less than half of its time (Benchmarks/Export).
    static let level: Int32 = 5

    private let compressor: OpaquePointer

    init(level: Int32 = Self.level) throws {
        guard let compressor = libdeflate_alloc_compressor(level) else {
            throw Failure(
                .internalError, "There is no memory for compressing.", advice: "Try again when less is running.")
        }
        self.compressor = compressor
    }

    deinit { libdeflate_free_compressor(compressor) }

    /// The most that `count` bytes can become.
    func bound(_ count: Int) -> Int { libdeflate_gzip_compress_bound(compressor, count) }

    /// Fills `output`, which has room for `bound`, and returns how much of it there is.
    func compress(_ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer) throws -> Int {
        let count = libdeflate_gzip_compress(
            compressor, input.baseAddress, input.count, output.baseAddress, output.count)
        guard count > 0 else {
            throw Failure(
                .internalError, "A block could not be compressed.", advice: "Report this, please.")
        }
        return count
    }
}
