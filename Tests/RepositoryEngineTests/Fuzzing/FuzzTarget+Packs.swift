import Primitives
import RepositoryEngine
import Sealing
import Storage

extension FuzzTarget {
    static let packs: [FuzzTarget] = [
        FuzzTarget(
            "footer",
            seeds: {
                var footer = Footer()
                let session = try SealedWorld().session
                for number in 0..<6 {
                    footer.entries.append(
                        Footer.Entry(
                            id: .zero, type: .data, offset: UInt32(number), storedCount: 1, plaintextCount: 1,
                            origin: UInt16(number % 2), originOffset: number % 2 == 0 ? 0 : 9))
                }
                footer.origins = [session.newObject(.data).header]
                return [Array(footer.encoded().prefix(3_000)), Footer().encoded()]
            }
        ) { bytes in
            let footer = try Footer(decoding: bytes)
            return footer.entries.count * MemoryLayout<Footer.Entry>.stride
                + footer.origins.reduce(0) { $0 + $1.encoded().count }
        },
        FuzzTarget(
            "pack trailer",
            seeds: {
                [
                    PackTrailer(tailCount: 8192, headerCount: 2488, footerCount: 1040, bodyEnd: 99_999, digest: .zero)
                        .encoded()
                ]
            }
        ) { bytes in
            let trailer = try PackTrailer(decoding: bytes)
            guard Int(trailer.headerCount) + Int(trailer.footerCount) < Int(trailer.tailCount) else { return .max }
            return 0
        },
        FuzzTarget(
            "bundle table",
            seeds: {
                var writer = ByteWriter()
                writer.u32(3)
                for count in [UInt32(1), 0, 5] { writer.u32(count) }
                writer.raw([1, 2, 3, 4, 5, 6])
                return [writer.bytes, [0, 0, 0, 0]]
            }
        ) { bytes in
            try bytes.read { raw in
                let segments = try Bundle.segments(of: raw)
                for segment in segments { _ = raw[segment].count }
                for (offset, count) in [(0, 1), (3, 3), (1 << 40, 1), (0, 1 << 40)] {
                    _ = Bundle.slice(raw, .bundle, offset: offset, count: count)?.count
                }
                return segments.count * 16
            }
        },
        FuzzTarget(
            "blob frame",
            seeds: {
                let compressor = Compressor(level: .standard)
                var seeds = [[UInt8](repeating: 7, count: 5_000), [1, 2, 3]].map { bytes in
                    var frame = [UInt8](repeating: 0, count: BlobFrame.bound(bytes.count))
                    let count = frame.withUnsafeMutableBytes { frame in
                        bytes.read { BlobFrame.encode($0, with: compressor, into: frame) }
                    }
                    return Array(frame[..<count])
                }
                var delta = ByteWriter()
                delta.u8(2)
                delta.u32(5_000)
                delta.varint(1)
                delta.u8(1)
                delta.digest(.zero)
                delta.varint(0)
                delta.varint(100)
                delta.raw(seeds[0].dropFirst(5))
                seeds.append(delta.bytes)
                return seeds
            }
        ) { bytes in
            let session = try fuzzSession.get()
            let sealed = try SealedFrame(bytes, session.keys)
            var decoder = BlobDecoder()
            return try sealed.sealed.read { raw in
                try decoder.open(
                    raw, seal: BlobDecoder.Seal(keys: session.keys, offset: 77), type: .data, id: .zero,
                    base: { $1.initializeMemory(as: UInt8.self, repeating: 3) }
                ) { plaintext in
                    guard plaintext.count <= BlobFrame.maximumPlaintext else { return .max }
                    return 0
                }
            }
        },
        FuzzTarget("whole pack", weight: 1, seeds: { [try fuzzSession.get().pack] }) { bytes in
            let session = try fuzzSession.get()
            let store = MemoryStore()
            _ = try store.put(bytes, as: Names.pack(.zero, .data), .immediate)
            let pack = try PackReader.open(.zero, .data, store: store, opener: session.world.opener)
            return try pack.footer(store: store).entries.count * MemoryLayout<Footer.Entry>.stride
        },
    ]

    /// Keys and objects that are made once for all inputs: sealing a session costs more than parsing.
    struct FuzzSession: Sendable {
        let world: SealedWorld
        let keys: ObjectKeys
        let pack: [UInt8]
        let indexRun: [UInt8]

        init() throws {
            world = try SealedWorld()
            keys = world.session.newObject(.data).keys
            let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
            for number in UInt8(0)..<5 { try writer.append([number], .data, id: world.id([number])) }
            let finished = try writer.finish(in: world.store)
            pack = try world.store.bytes(Names.pack(finished.name, .data))
            let run = try IndexRunWriter.write([finished], session: world.session, store: world.store)
            indexRun = try world.store.bytes(Names.indexRun(world.domain, run.name))
        }
    }

    static let fuzzSession = Result { try FuzzSession() }
}
