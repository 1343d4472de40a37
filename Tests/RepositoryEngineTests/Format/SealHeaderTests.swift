import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct SealHeaderTests {
    private func header() throws -> SealHeader { try SealedWorld().session.newObject(.data).header }

    @Test(arguments: [PackClass.data, .metadata, .indexRun, .snapshot]) func everyClassIsReadBack(_ kind: PackClass)
        throws
    {
        let header = try SealedWorld(epoch: .max).session.newObject(kind).header
        #expect(try SealHeader(decoding: header.encoded()) == header)
        #expect(header.encoded().count == SealHeader.fixedCount + 2 * (8 + 1168))
    }

    @Test func everyObjectHasKeysOfItsOwn() throws {
        let world = try SealedWorld()
        let (one, two) = (world.session.newObject(.data), world.session.newObject(.data))
        #expect(one.header.object != two.header.object)
        #expect(one.header.dataCommitment != two.header.dataCommitment)
        #expect(one.header.seals == two.header.seals, "the session is sealed once")
        let keys = try world.opener.keys(for: one.header, needing: .data, .structure)
        #expect(keys.data != nil && keys.structure != nil && keys.object == one.header.object)
    }

    /// What a header says is bound to the keys that it leads to, so that nothing opens under a changed one.
    @Test func aChangedHeaderLeadsToNoKeys() throws {
        let world = try SealedWorld()
        let header = world.session.newObject(.data).header
        var changes: [SealHeader] = []
        for change in 0..<7 {
            var changed = header
            switch change {
            case 0: changed.object = .random()
            case 1: changed.repository = .random()
            case 2: changed.domain = .random()
            case 3: changed.dataCommitment = changed.structureCommitment
            case 4: changed.seals.swapAt(0, 1); changed.seals[0].kind = .data; changed.seals[1].kind = .structure
            case 5: changed.seals[0].sealed = changed.seals[0].sealed.flippingBit(9_000)
            default: changed.seals[0].kem = 1
            }
            changes.append(changed)
        }
        for (index, changed) in changes.enumerated() {
            #expect(throws: (any Error).self, "change \(index)") {
                _ = try world.opener.keys(for: changed, needing: .data, .structure)
            }
        }
    }

    @Test func anErasureClassIsForALaterVersion() throws {
        let world = try SealedWorld()
        var header = world.session.newObject(.data).header
        header.seals.append(SessionSeal(kind: .erasureClass, kem: Encapsulation.kem, sealed: [1]))
        #expect(try SealHeader(decoding: header.encoded()) == header)
        #expect(throws: EncodingError.self) { _ = try world.opener.keys(for: header, needing: .data) }
    }

    @Test func damagedHeadersAreRefused() throws {
        let bytes = try header().encoded()
        for count in [0, 7, 8, 12, 135, 136, 140, bytes.count - 1] {
            #expect(throws: EncodingError.self) { _ = try SealHeader(decoding: Array(bytes[..<count])) }
        }
        for (offset, value) in [
            (0, UInt8(0)), (8, 2), (10, 0), (10, 6), (11, 3), (11, 255), (12, 0), (13, 255), (136, 0), (136, 4),
            (140, 0), (143, 255),
        ] {
            var damaged = bytes
            damaged[offset] = value
            #expect(throws: EncodingError.self, "byte \(offset)") { _ = try SealHeader(decoding: damaged) }
        }
    }

    @Test func aHeaderIsReadOutOfTheMiddleOfAnObject() throws {
        let header = try header()
        let store = MemoryStore()
        _ = try store.put([UInt8](repeating: 1, count: 100) + header.encoded(), as: ObjectName("x"), .immediate)
        #expect(try SealHeader.read(ObjectName("x"), at: 100, store: store) == header)
        #expect(throws: EncodingError.self) { _ = try SealHeader.read(ObjectName("x"), at: 99, store: store) }
        #expect(throws: EncodingError.self) { _ = try SealHeader.read(ObjectName("x"), at: 2_500, store: store) }
    }
}
