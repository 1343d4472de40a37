import CSHA256
import Primitives

/// A running SHA-256 (FIPS 180-4) that can go side by side with another: two streams together take two thirds of the time that they take
/// one after the other, where the processor has SHA instructions (docs/decisions/0009). Elsewhere it is swift-crypto's.
package struct SHA256Lane: Sendable {
    private static let blockCount = 64
    private static let initialWords: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    private var words = Self.initialWords
    /// Bytes behind the last whole block.
    private var tail = InlineArray<64, UInt8>(repeating: 0)
    private var tailCount = 0
    private var count: UInt64 = 0
    private var library: RunningSHA256?

    package init() { self.init(sideBySide: Self.isSideBySide) }

    /// Tests ask for both ways.
    package init(sideBySide: Bool) { library = sideBySide ? nil : RunningSHA256() }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        guard library == nil else {
            library?.update(bytes)
            return
        }
        let rest = completeBlock(with: bytes)
        let blocks = rest.count / Self.blockCount
        if blocks > 0 {
            withUnsafeMutableBytes(of: &words) { sh_sha256_blocks(Self.words($0), rest.baseAddress, blocks) }
        }
        keep(rest, whole: blocks)
    }

    /// The same for two streams at once; they need not be equally long.
    package static func update(
        _ first: inout SHA256Lane, _ a: UnsafeRawBufferPointer, _ second: inout SHA256Lane, _ b: UnsafeRawBufferPointer
    ) {
        guard first.library == nil, second.library == nil else {
            first.update(a)
            second.update(b)
            return
        }
        let (a, b) = (first.completeBlock(with: a), second.completeBlock(with: b))
        let blocks = min(a.count, b.count) / blockCount
        if blocks > 0 {
            withUnsafeMutableBytes(of: &first.words) { one in
                withUnsafeMutableBytes(of: &second.words) { two in
                    sh_sha256_blocks_of_two(words(one), a.baseAddress, words(two), b.baseAddress, blocks)
                }
            }
        }
        let done = blocks * blockCount
        first.count &+= UInt64(done)
        second.count &+= UInt64(done)
        first.update(UnsafeRawBufferPointer(rebasing: a[done...]))
        second.update(UnsafeRawBufferPointer(rebasing: b[done...]))
    }

    /// The digest of all bytes so far; more may follow.
    package func value() -> Digest32 {
        if let library { return library.value() }
        var last = self
        var padding = InlineArray<128, UInt8>(repeating: 0)
        padding[0] = 0x80
        let length = (count &+ UInt64(tailCount)) &* 8
        let padded = tailCount < 56 ? 64 - tailCount : 128 - tailCount
        withUnsafeMutableBytes(of: &padding) { raw in
            raw.storeBytes(of: length.bigEndian, toByteOffset: padded - 8, as: UInt64.self)
            last.update(UnsafeRawBufferPointer(rebasing: raw[..<padded]))
        }
        for i in last.words.indices { last.words[i] = last.words[i].bigEndian }
        return withUnsafeBytes(of: &last.words) { Digest32(loading: $0) }
    }

    /// Fills up a block that was begun; returns what is left of `bytes`.
    private mutating func completeBlock(with bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        guard tailCount > 0 else { return bytes }
        let taken = min(Self.blockCount - tailCount, bytes.count)
        withUnsafeMutableBytes(of: &tail) { tail in
            UnsafeMutableRawBufferPointer(rebasing: tail[tailCount...]).copyBytes(from: bytes[..<taken])
        }
        tailCount += taken
        if tailCount == Self.blockCount {
            withUnsafeMutableBytes(of: &words) { words in
                withUnsafeBytes(of: &tail) { sh_sha256_blocks(Self.words(words), $0.baseAddress, 1) }
            }
            tailCount = 0
            count &+= UInt64(Self.blockCount)
        }
        return UnsafeRawBufferPointer(rebasing: bytes[taken...])
    }

    private mutating func keep(_ bytes: UnsafeRawBufferPointer, whole blocks: Int) {
        let done = blocks * Self.blockCount
        count &+= UInt64(done)
        guard bytes.count > done else { return }
        withUnsafeMutableBytes(of: &tail) { $0.copyBytes(from: bytes[done...]) }
        tailCount = bytes.count - done
    }

    private static func words(_ raw: UnsafeMutableRawBufferPointer) -> UnsafeMutablePointer<UInt32>? {
        raw.baseAddress?.assumingMemoryBound(to: UInt32.self)
    }

    /// Whether the processor can, and agrees with swift-crypto on a message for each of the two functions.
    package static let isSideBySide: Bool = {
        guard sh_sha256_usable() == 1 else { return false }
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 3) }
        return message.withUnsafeBytes { raw in
            var (one, two) = (SHA256Lane(sideBySide: true), SHA256Lane(sideBySide: true))
            let (a, b) = (UnsafeRawBufferPointer(rebasing: raw[..<900]), UnsafeRawBufferPointer(rebasing: raw[37...]))
            update(&one, a, &two, b)
            return one.value() == SHA256Digest.of(a) && two.value() == SHA256Digest.of(b)
        }
    }()
}
