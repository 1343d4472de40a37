import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

@Suite struct BlobDecoderTests {
    private let keys: ObjectKeys

    init() throws { keys = try SealedWorld().session.newObject(.data).keys }

    private func frame(_ codec: UInt8, _ count: UInt32, _ payload: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.u8(codec)
        writer.u32(count)
        writer.raw(payload)
        return writer.bytes
    }

    private func compressed(_ bytes: [UInt8]) -> [UInt8] {
        var frame = [UInt8](repeating: 0, count: BlobFrame.bound(bytes.count))
        let count = frame.withUnsafeMutableBytes { frame in
            bytes.withUnsafeBytes { BlobFrame.encode($0, with: Compressor(level: .standard), into: frame) }
        }
        return Array(frame[..<count])
    }

    @Test func framesAreReadBack() throws {
        var random = SeededGenerator(seed: 5)
        for bytes in [
            [], [1], [UInt8](repeating: 3, count: 100_000), random.bytes(100_000),
            [UInt8](repeating: 0, count: 16 << 20),
        ] {
            #expect(try SealedFrame(compressed(bytes), keys).open { Array($0) } == bytes)
        }
        #expect(compressed([UInt8](repeating: 3, count: 100_000)).count < 100)
    }

    @Test func aFrameThatLiesIsRefused() throws {
        let good = compressed([UInt8](repeating: 3, count: 1_000))
        let payload = Array(good[5...])
        let lies = [
            [], [0], frame(3, 0, []), frame(255, 0, []), frame(0, 1, []), frame(0, 0, [1]), frame(0, .max, [1]),
            frame(0, (16 << 20) + 1, [1]),
            frame(1, 1_001, payload), frame(1, 999, payload), frame(1, 0, payload), frame(1, 1_000, payload + [0]),
            frame(1, 1_000, payload.dropLast()),
            frame(1, 1_000, payload + payload), frame(1, 1_000, []), frame(1, 16 << 20, payload), frame(2, 10, []),
            frame(2, 10, [1]),
            frame(2, 10, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
        ]
        for (index, lie) in lies.enumerated() {
            #expect(throws: EncodingError.self, "lie \(index)") { _ = try SealedFrame(lie, keys).open { $0.count } }
        }
    }

    @Test func aBlobIsBoundToItsPlace() throws {
        let blob = try SealedFrame(compressed([1, 2, 3]), keys)
        #expect(try blob.open { Array($0) } == [1, 2, 3])
        #expect(throws: EncodingError.self) { _ = try blob.open(offset: 78) { $0.count } }
        #expect(throws: EncodingError.self) { _ = try blob.open(type: .bundle) { $0.count } }
        #expect(throws: EncodingError.self) { _ = try blob.open(id: Digest32(a: 0, b: 0, c: 0, d: 1)) { $0.count } }
    }
}

@Suite struct BundleTests {
    private func bundle(_ lengths: [UInt32], _ bytes: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(lengths.count))
        for length in lengths { writer.u32(length) }
        writer.raw(bytes)
        return writer.bytes
    }

    @Test func segmentsAndSlices() throws {
        let bytes = bundle([2, 0, 3], [1, 2, 3, 4, 5])
        #expect(try bytes.withUnsafeBytes { try Bundle.segments(of: $0) } == [16..<18, 18..<18, 18..<21])
        bytes.withUnsafeBytes { raw in
            #expect(Bundle.slice(raw, .bundle, offset: 1, count: 3).map { Array($0) } == [2, 3, 4])
            #expect(Bundle.slice(raw, .bundle, offset: 5, count: 0)?.count == 0)
            #expect(Bundle.slice(raw, .bundle, offset: 5, count: 1) == nil)
            #expect(Bundle.slice(raw, .bundle, offset: -1, count: 1) == nil)
            #expect(Bundle.slice(raw, .data, offset: 20, count: 1).map { Array($0) } == [5])
            #expect(Bundle.slice(raw, .data, offset: 20, count: 2) == nil)
        }
    }

    @Test func tablesThatDoNotFitAreRefused() {
        var many = ByteWriter()
        many.u32(.max)
        for bytes in [
            [], [1, 0, 0], bundle([6], [1, 2, 3, 4, 5]), bundle([4], [1, 2, 3, 4, 5]), bundle([.max, .max], [1]),
            many.bytes,
        ] {
            #expect(throws: EncodingError.self) { _ = try bytes.withUnsafeBytes { try Bundle.segments(of: $0) } }
        }
    }

    /// The id is made of the lengths and digests of the files: other borders are another bundle.
    @Test func theIdKnowsTheBorders() throws {
        let identity = try SealedWorld().identity
        let (one, two) = (bundle([2, 3], [1, 2, 3, 4, 5]), bundle([3, 2], [1, 2, 3, 4, 5]))
        let digest = Bundle.digest([[1, 2], [3, 4, 5]].map { ($0.count, SHA256Digest.of($0)) }, count: 2)
        let id = identity.id(of: .bundle, digest: digest)
        try one.withUnsafeBytes { try identity.verify($0, is: id, .bundle) }
        #expect(throws: EncodingError.self) { try two.withUnsafeBytes { try identity.verify($0, is: id, .bundle) } }
        #expect(throws: EncodingError.self) { try one.withUnsafeBytes { try identity.verify($0, is: id, .data) } }
    }
}
