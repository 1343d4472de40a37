import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

/// Blobs that a collector moved into another pack: they keep the seal of their origin. Built by hand, as format.md has it: the collector's own are tried in OperationsTests/Collection.
@Suite struct MovedBlobTests {
    private let world: SealedWorld
    private let chunks = (0..<6).map { [UInt8](repeating: UInt8($0), count: 5_000 + $0) }

    init() throws { world = try SealedWorld() }

    /// Two packs by different objects, and a third that has every other blob of both, and one of its own.
    private func collect() throws -> (FinishedPack, origins: [FinishedPack]) {
        let packs = try (0..<2).map { part in
            let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
            for chunk in chunks[part * 3..<part * 3 + 3] { try writer.append(chunk, .data, id: world.id(chunk)) }
            return try writer.finish(in: world.store)
        }
        let (header, keys) = world.session.newObject(.data)
        var body = header.encoded()
        var footer = Footer()
        for (ordinal, pack) in packs.enumerated() {
            let bytes = try world.store.bytes(Names.pack(pack.name, .data))
            footer.origins.append(try SealHeader(decoding: Array(bytes[..<header.encoded().count])))
            for entry in pack.entries {
                var moved = entry
                (moved.origin, moved.originOffset, moved.offset) = (
                    UInt16(ordinal + 1), UInt64(entry.offset), UInt32(body.count)
                )
                footer.entries.append(moved)
                body += bytes[Int(entry.offset)..<Int(entry.offset) + Int(entry.storedCount)]
            }
        }
        let structure = try #require(keys.structure)
        let sealed = try structure.seal(
            footer.encoded(), nonce: SealNonce(domain: NonceDomain.footer, number: 0),
            authenticating: associatedData("SHFOOT01", header.object))
        let described = sealed + header.encoded()
        let count = (described.count + PackTrailer.count + 4095) / 4096 * 4096
        let trailer = PackTrailer(
            tailCount: UInt32(count), headerCount: UInt32(header.encoded().count), footerCount: UInt32(sealed.count),
            bodyEnd: UInt64(body.count),
            digest: SHA256Digest.of(described))
        let tail =
            [UInt8](repeating: 0, count: count - described.count - PackTrailer.count) + described + trailer.encoded()
        let whole =
            body
            + [UInt8](repeating: 9, count: PackTrailer.paddedCount(body.count + 2 * count) - body.count - 2 * count)
            + tail + tail
        let name = SHA256Digest.of(whole)
        _ = try world.store.put(whole, as: Names.pack(name, .data), .immediate)
        return (FinishedPack(name: name, kind: .data, size: UInt64(whole.count), entries: footer.entries), packs)
    }

    @Test func movedBlobsOpenUnderTheirOrigins() throws {
        let (collected, origins) = try collect()
        for origin in origins { world.store.tamper(Names.pack(origin.name, .data), with: nil) }
        var reader = try world.reader(of: [collected])
        for chunk in chunks { #expect(try reader.bytes(world.id(chunk)) == chunk) }
    }

    @Test func aMovedBlobIsNotOneOfItsNewPack() throws {
        let (collected, _) = try collect()
        var lying = collected
        for index in lying.entries.indices { lying.entries[index].origin = 0 }
        var reader = try world.reader(of: [lying])
        #expect(failureCode { _ = try reader.bytes(world.id(chunks[0])) } == .objectDamaged)
    }
}
