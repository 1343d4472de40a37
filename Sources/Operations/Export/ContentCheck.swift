import Primitives
import Sealing

/// Compares files with the digests of their entries, as they go by. A file may go on from one segment to the next.
struct ContentCheck {
    private static let zeros = [UInt8](repeating: 0, count: 256 << 10)

    private var digest = RunningSHA256()
    private var expected: Digest32?
    private var path: [UInt8] = []

    /// Throws `object-damaged` for the first that differs.
    mutating func check(_ segment: ExportSegment) throws {
        for step in segment.checks {
            switch step {
            case .begin(let file, let digest):
                (expected, path) = (digest, segment.files[file])
                self.digest = RunningSHA256()
            case .content(let range):
                digest.update(UnsafeRawBufferPointer(rebasing: segment.content[range]))
            case .zeros(let count):
                skip(count)
            case .end:
                guard digest.value() == expected else {
                    throw Failure.damaged(
                        "The content of /\(String(decoding: path, as: UTF8.self))",
                        "does not have the digest that its entry states")
                }
            }
        }
    }

    /// A hole reads as zeros.
    private mutating func skip(_ count: UInt64) {
        var left = count
        while left > 0 {
            let part = Int(min(left, UInt64(Self.zeros.count)))
            Self.zeros.withUnsafeBytes { digest.update(UnsafeRawBufferPointer(rebasing: $0[..<part])) }
            left -= UInt64(part)
        }
    }
}
