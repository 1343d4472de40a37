import Foundation
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct PackTests {
    private let world: SealedWorld
    private let chunks: [(bytes: [UInt8], type: ChunkType, id: ChunkID)]

    init() throws {
        world = try SealedWorld()
        var random = SeededGenerator(seed: 1)
        let contents = [
            [], [1], Array("text that repeats ".utf8) + [UInt8](repeating: 0x20, count: 20_000), random.bytes(300_000),
        ]
        let identity = world.identity
        chunks = [ChunkType.data, .listingBlock, .contentList, .referenceBlock, .listingNode, .referenceNode].flatMap {
            type in
            contents.map { ($0, type, $0.withUnsafeBytes { identity.id(of: type, plaintext: $0) }) }
        }
    }

    private func write(_ kind: PackClass = .data) throws -> FinishedPack {
        let writer = try PackWriter(kind: kind, session: world.session, store: world.store)
        for chunk in chunks { try writer.append(chunk.bytes, chunk.type, id: chunk.id) }
        return try writer.finish(in: world.store)
    }

    @Test(arguments: [PackClass.data, .metadata]) func everyChunkIsReadBack(_ kind: PackClass) throws {
        let pack = try write(kind)
        var reader = try world.reader(of: [pack])
        for chunk in chunks { #expect(try reader.bytes(chunk.id, chunk.type) == chunk.bytes) }
        #expect(try world.store.size(of: Names.pack(pack.name, kind)) == Int64(pack.size))
    }

    @Test func aPackIsNamedForItsBytesAndSaysWhatItHolds() throws {
        let pack = try write()
        let bytes = try world.store.bytes(Names.pack(pack.name, .data))
        #expect(SHA256Digest.of(bytes) == pack.name)
        #expect(bytes.count == PackTrailer.paddedCount(bytes.count))
        let reader = try PackReader.open(pack.name, .data, store: world.store, opener: world.opener)
        let footer = try reader.footer(store: world.store)
        #expect(footer.entries == pack.entries && footer.origins.isEmpty)
        #expect(pack.entries.map(\.id) == chunks.map(\.id))
        #expect(pack.entries.map { Int($0.plaintextCount) } == chunks.map(\.bytes.count))
    }

    @Test func anEmptyPackIsOneToo() throws {
        let pack = try PackWriter(kind: .metadata, session: world.session, store: world.store).finish(in: world.store)
        let reader = try PackReader.open(pack.name, .metadata, store: world.store, opener: world.opener)
        #expect(try reader.footer(store: world.store) == Footer())
    }

    @Test func noPlaintextIsInAPack() throws {
        let bytes = try world.store.bytes(Names.pack(try write().name, .data))
        func holds(_ part: [UInt8]) -> Bool { Data(bytes).range(of: Data(part)) != nil }
        #expect(holds(Array("SHSEAL01".utf8)))
        #expect(!holds(Array("text that repeats ".utf8)))
        for chunk in chunks { #expect(!holds(chunk.id.bytes), "an id is in the open") }
    }

    @Test func anAbandonedPackIsNowhere() throws {
        let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
        try writer.append([1, 2, 3], .data, id: world.id([1, 2, 3]))
        writer.abandon()
        #expect(try world.store.names(below: "") == [])
    }

    @Test func aPackUnderAnotherClassIsNotTakenForIt() throws {
        let pack = try write(.data)
        let bytes = try world.store.bytes(Names.pack(pack.name, .data))
        _ = try world.store.put(bytes, as: Names.pack(pack.name, .metadata), .immediate)
        #expect(
            failureCode { _ = try PackReader.open(pack.name, .metadata, store: world.store, opener: world.opener) }
                == .objectDamaged)
    }

    @Test func aMissingPackIsSaidToBeMissing() {
        #expect(
            failureCode { _ = try PackReader.open(.zero, .data, store: world.store, opener: world.opener) }
                == .objectMissing)
    }

    @Test func whoLacksTheEpochIsToldSo() throws {
        let pack = try write()
        let stranger = SealOpener(repository: world.repository)
        #expect(
            failureCode { _ = try PackReader.open(pack.name, .data, store: world.store, opener: stranger) }
                == .keyDenied)
    }

    /// A maintainer has the structure key only: the table of contents opens, the content does not.
    @Test func theStructureKeyAloneOpensNoContent() throws {
        let pack = try write()
        let reader = try PackReader.open(
            pack.name, .data, store: world.store, opener: world.opener, needing: [.structure])
        #expect(try reader.footer(store: world.store).entries.count == chunks.count)
        #expect(failureCode { _ = try reader.keys.key(for: .data) } == .keyDenied)
        #expect(failureCode { _ = try reader.keys.key(for: .listingNode) } == .keyDenied)
        _ = try reader.keys.key(for: .referenceBlock)
    }
}
