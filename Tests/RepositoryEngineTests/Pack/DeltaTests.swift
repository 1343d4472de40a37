import CZstd
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

/// Chunks that are stored as the difference to others. No writer makes them yet; these are made by hand, as docs/format.md has them.
@Suite struct DeltaTests {
    private let world: SealedWorld
    private var random = SeededGenerator(seed: 3)

    init() throws { world = try SealedWorld() }

    struct Base {
        var type = ChunkType.data
        var id: ChunkID
        var offset = 0
        var count: Int
    }

    /// A frame of codec 2.
    private func frame(_ plaintext: [UInt8], _ bases: [Base], prefix: [UInt8]) -> [UInt8] {
        var writer = ByteWriter()
        writer.u8(2)
        writer.u32(UInt32(plaintext.count))
        writer.varint(bases.count)
        for base in bases {
            writer.u8(base.type.rawValue)
            writer.digest(base.id)
            writer.varint(base.offset)
            writer.varint(base.count)
        }
        let context = ZSTD_createCCtx()
        defer { ZSTD_freeCCtx(context) }
        var out = [UInt8](repeating: 0, count: ZSTD_compressBound(plaintext.count))
        ZSTD_CCtx_refPrefix(context, prefix, prefix.count)
        let count = ZSTD_compress2(context, &out, out.count, plaintext, plaintext.count)
        writer.raw(out[..<count])
        return writer.bytes
    }

    /// Each version but the first is a delta to the one before it.
    private mutating func chain(_ deltas: Int) throws -> (versions: [[UInt8]], pack: FinishedPack) {
        let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
        var versions = [random.bytes(50_000)]
        try writer.append(versions[0], .data, id: world.id(versions[0]))
        for _ in 0..<deltas {
            let before = versions[versions.count - 1]
            var next = before
            for _ in 0..<20 { next[Int(random.next() % 50_000)] ^= 0x5A }
            let frame = frame(next, [Base(id: world.id(before), count: before.count)], prefix: before)
            #expect(frame.count < 2_000)
            try writer.append(frame: frame, .data, id: world.id(next), plaintextCount: next.count)
            versions.append(next)
        }
        return (versions, try writer.finish(in: world.store))
    }

    @Test mutating func aDeltaIsReadThroughItsBase() throws {
        let (versions, pack) = try chain(1)
        var reader = try world.reader(of: [pack])
        for version in versions { #expect(try reader.bytes(world.id(version)) == version) }
    }

    @Test mutating func eightDeltasDeepIsReadAndNineIsNot() throws {
        let (versions, pack) = try chain(9)
        var reader = try world.reader(of: [pack])
        for depth in 0...8 { #expect(try reader.bytes(world.id(versions[depth])) == versions[depth], "depth \(depth)") }
        #expect(failureCode { _ = try reader.bytes(world.id(versions[9])) } == .objectDamaged)
    }

    @Test mutating func severalBasesAndSlicesOfBundlesAreJoined() throws {
        let (first, second) = (random.bytes(9_000), random.bytes(7_000))
        var bundle = ByteWriter()
        bundle.u32(2)
        bundle.u32(3_000)
        bundle.u32(4_000)
        bundle.raw(second)
        let segments = [second[..<3_000], second[3_000...]].map {
            (count: $0.count, digest: SHA256Digest.of(Array($0)))
        }
        let bundleID = world.identity.id(of: .bundle, digest: Bundle.digest(segments, count: 2))
        let prefix = Array(first[100..<8_100]) + Array(second[2_000..<6_000])
        let plaintext = Array(second[2_500..<5_000]) + [1, 2, 3] + Array(first[200..<7_000])
        let frame = frame(
            plaintext,
            [
                Base(id: world.id(first), offset: 100, count: 8_000),
                Base(type: .bundle, id: bundleID, offset: 2_000, count: 4_000),
            ], prefix: prefix)
        #expect(frame.count < 500)
        let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
        try writer.append(first, .data, id: world.id(first))
        try writer.append(bundle.bytes, .bundle, id: bundleID)
        try writer.append(frame: frame, .data, id: world.id(plaintext), plaintextCount: plaintext.count)
        var reader = try world.reader(of: [try writer.finish(in: world.store)])
        #expect(try reader.bytes(world.id(plaintext)) == plaintext)
        #expect(try reader.bytes(bundleID, .bundle) == bundle.bytes)
    }

    @Test mutating func aDeltaThatLeadsNowhereIsDamage() throws {
        let base = random.bytes(1_000)
        let text = random.bytes(2_000)
        var frames: [[UInt8]] = []
        frames.append(frame(text, [Base(id: .zero, count: 10)], prefix: []))
        frames.append(frame(text, [Base(id: world.id(base), offset: 500, count: 501)], prefix: []))
        frames.append(frame(text, [Base(id: world.id(base), offset: 1_001, count: 0)], prefix: []))
        frames.append(frame(text, [Base(id: world.id(text), count: 10)], prefix: []))
        frames.append(frame(text, [Base](repeating: Base(id: world.id(base), count: 1), count: 65), prefix: []))
        frames.append(frame(text, [Base](repeating: Base(id: world.id(base), count: 17 << 20), count: 1), prefix: []))
        for (index, frame) in frames.enumerated() {
            let world = try SealedWorld()
            let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
            try writer.append(base, .data, id: self.world.id(base))
            try writer.append(frame: frame, .data, id: self.world.id(text), plaintextCount: text.count)
            var reader = try world.reader(of: [try writer.finish(in: world.store)])
            let code = failureCode { _ = try reader.bytes(self.world.id(text)) }
            #expect(code == .objectDamaged || code == .chunkMissing, "frame \(index): \(String(describing: code))")
        }
    }

    /// A decoder that knows nothing of other chunks refuses deltas.
    @Test mutating func withoutAReaderOfBasesADeltaIsRefused() throws {
        let base = random.bytes(1_000)
        let frame = frame(base, [Base(id: world.id(base), count: 1_000)], prefix: base)
        let (_, keys) = world.session.newObject(.data)
        #expect(throws: EncodingError.self) { _ = try SealedFrame(frame, keys).open { Array($0) } }
    }
}

/// A frame that was sealed by hand, and its opening.
struct SealedFrame {
    let sealed: [UInt8]
    let keys: ObjectKeys

    init(_ frame: [UInt8], _ keys: ObjectKeys) throws {
        self.keys = keys
        guard let key = keys.data else { preconditionFailure("a writer has both keys") }
        sealed = try key.seal(
            frame, nonce: SealNonce(domain: NonceDomain.blob, number: 77),
            authenticating: Self.data(keys.object, .data, 77))
    }

    static func data(_ object: SealedObjectID, _ type: ChunkType, _ offset: UInt64) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: BlobFrame.associatedDataCount)
        bytes.withUnsafeMutableBytes {
            BlobFrame.associatedData(object: object, offset: offset, type: type, id: .zero, into: $0)
        }
        return bytes
    }

    func open<R>(
        offset: UInt64 = 77, type: ChunkType = .data, id: ChunkID = .zero, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        var decoder = BlobDecoder()
        return try sealed.withUnsafeBytes { sealed in
            try decoder.open(sealed, seal: BlobDecoder.Seal(keys: keys, offset: offset), type: type, id: id, body)
        }
    }
}
