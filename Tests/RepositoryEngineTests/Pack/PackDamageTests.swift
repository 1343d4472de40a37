import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

/// What of a pack still opens when part of it is lost.
@Suite struct PackDamageTests {
    private let world: SealedWorld
    private let pack: FinishedPack
    private let whole: [UInt8]
    private let chunks = (0..<20).map { [UInt8](repeating: UInt8($0), count: 1000 * $0) }
    private var name: ObjectName { Names.pack(pack.name, .data) }

    init() throws {
        world = try SealedWorld()
        pack = try Self.write(world, chunks)
        whole = try world.store.bytes(Names.pack(pack.name, .data))
    }

    private static func write(_ world: SealedWorld, _ chunks: [[UInt8]]) throws -> FinishedPack {
        let writer = try PackWriter(kind: .data, session: world.session, store: world.store)
        for chunk in chunks { try writer.append(chunk, .data, id: world.id(chunk)) }
        return try writer.finish(in: world.store)
    }

    private func open() throws -> PackReader {
        try PackReader.open(pack.name, .data, store: world.store, opener: world.opener)
    }

    private func expectWhole(_ what: Comment) throws {
        let reader = try open()
        #expect(try reader.footer(store: world.store).entries == pack.entries, what)
        var chunkReader = try world.reader(of: [pack])
        for chunk in chunks { #expect(try chunkReader.bytes(world.id(chunk)) == chunk, what) }
    }

    @Test func aDamagedBeginningIsReadFromATail() throws {
        let headerCount = try open().header.encoded().count
        for offset in stride(from: 0, to: headerCount, by: Soak.count(53, full: 1)) {
            world.store.tamper(name, with: whole)
            try world.store.damage(name, at: offset, with: [whole[offset] ^ 0x55])
            try expectWhole("byte \(offset)")
        }
        world.store.tamper(name, with: [UInt8](repeating: 0, count: headerCount) + whole[headerCount...])
        try expectWhole("no header at all")
    }

    /// Each field of the header's fixed part in turn: none may keep a reader from looking at the copy.
    @Test func everyFieldOfTheBeginningCanBeLost() throws {
        for offset in 0..<SealHeader.fixedCount {
            for value in [UInt8(0x00), 0xFF, whole[offset] ^ 1] {
                world.store.tamper(name, with: whole)
                try world.store.damage(name, at: offset, with: [value])
                let reader = try open()
                #expect(try reader.footer(store: world.store).entries == pack.entries, "byte \(offset) is \(value)")
            }
        }
    }

    @Test func aLengthThatReachesBeyondTheObjectIsDamageOfTheBeginning() throws {
        // A pack without chunks is smaller than the largest header that may be.
        let small = try Self.write(world, [])
        #expect(small.size < UInt64(SealHeader.maximumCount))
        try world.store.damage(Names.pack(small.name, .data), at: 12, with: [0x00, 0x40, 0, 0])
        let reader = try PackReader.open(small.name, .data, store: world.store, opener: world.opener)
        #expect(try reader.footer(store: world.store).entries == [])
    }

    private func tailCount() throws -> Int {
        Int(try PackTrailer(decoding: Array(whole.suffix(PackTrailer.count))).tailCount)
    }

    @Test func aDamagedLastTailIsReplacedByTheFirst() throws {
        let tail = try tailCount()
        for distance in stride(from: 1, through: tail, by: Soak.count(101, full: 1)) {
            world.store.tamper(name, with: whole)
            try world.store.damage(name, at: whole.count - distance, with: [whole[whole.count - distance] ^ 0x10])
            try expectWhole("byte \(distance) from the end")
        }
    }

    @Test func aDamagedFirstTailDoesNotMatter() throws {
        let tail = try tailCount()
        let zeros = [UInt8](repeating: 0, count: tail)
        try world.store.damage(name, at: whole.count - 2 * tail, with: zeros)
        try expectWhole("the first tail is gone")
    }

    @Test func aPackThatWasCutOffInItsLastTailIsStillWhole() throws {
        let tail = try tailCount()
        for lost in [1, 64, 100, 4096, tail - 1, tail] {
            world.store.tamper(name, with: Array(whole.dropLast(lost)))
            try expectWhole("\(lost) bytes lost")
        }
    }

    @Test func bytesBehindTheEndDoNotMatter() throws {
        world.store.tamper(name, with: whole + [UInt8](repeating: 7, count: 10_000))
        try expectWhole("10,000 more bytes")
    }

    @Test func withoutBothTailsAndHeaderThereIsNothing() throws {
        let tail = try tailCount()
        world.store.tamper(name, with: Array(whole.dropLast(2 * tail)))
        #expect(failureCode { _ = try open().footer(store: world.store) } == .objectDamaged)
        try world.store.damage(name, at: 0, with: [0])
        #expect(failureCode { _ = try open() } == .objectDamaged)
        world.store.tamper(name, with: [])
        #expect(failureCode { _ = try open() } == .objectDamaged)
    }

    /// The tail of a pack of many small chunks is long; the first one must be found behind all of the last.
    @Test func aLongTailIsFoundAsWell() throws {
        let writer = try PackWriter(kind: .metadata, session: world.session, store: world.store)
        let frame: [UInt8] = [0, 1, 0, 0, 0, 7]
        for index in 0..<9_000 {
            try writer.append(frame: frame, .data, id: Digest32(a: UInt64(index), b: 1, c: 2, d: 3), plaintextCount: 1)
        }
        let long = try writer.finish(in: world.store)
        let name = Names.pack(long.name, .metadata)
        let size = Int(long.size)
        try world.store.damage(name, at: size - 64, with: [0])
        let reader = try PackReader.open(long.name, .metadata, store: world.store, opener: world.opener)
        #expect(try reader.footer(store: world.store).entries == long.entries)
        // The same with the header gone, and only the last tail's content damaged.
        try world.store.damage(name, at: size - 64, with: Array("S".utf8))
        try world.store.damage(name, at: size - 4_000, with: [UInt8](repeating: 0, count: 16))
        try world.store.damage(name, at: 0, with: [0])
        let again = try PackReader.open(long.name, .metadata, store: world.store, opener: world.opener)
        #expect(try again.footer(store: world.store).entries == long.entries)
    }

    @Test func oneDamagedChunkLeavesTheOthers() throws {
        let victim = pack.entries[7]
        try world.store.damage(name, at: Int(victim.offset) + 20, with: [whole[Int(victim.offset) + 20] ^ 1])
        var reader = try world.reader(of: [pack])
        for (index, chunk) in chunks.enumerated() {
            if index == 7 {
                #expect(failureCode { _ = try reader.bytes(world.id(chunk)) } == .objectDamaged)
            } else {
                #expect(try reader.bytes(world.id(chunk)) == chunk)
            }
        }
    }

    @Test func aSecondCopyServesWhereTheFirstIsDamaged() throws {
        let second = try Self.write(world, chunks)
        world.store.tamper(name, with: nil)
        var reader = try world.reader(of: [pack, second])
        for chunk in chunks { #expect(try reader.bytes(world.id(chunk)) == chunk) }
        world.store.tamper(name, with: whole.map { $0 ^ 0xFF })
        for chunk in chunks { #expect(try reader.bytes(world.id(chunk)) == chunk) }
        world.store.tamper(Names.pack(second.name, .data), with: nil)
        #expect(failureCode { _ = try reader.bytes(world.id(chunks[3])) } != nil)
    }

    /// A run of neighbours is read at once; what is damaged in it comes from elsewhere or as a failure, and the others all the same.
    @Test func aRunOfChunksBringsWhatIsWhole() throws {
        let second = try Self.write(world, [chunks[4]])
        for victim in [4, 9] { try world.store.damage(name, at: Int(pack.entries[victim].offset), with: [0xAA, 0xBB]) }
        var reader = try world.reader(of: [pack, second])
        let indexed = IndexedPack(name: pack.name, size: pack.size, kind: .data)
        let run = pack.entries.map { entry in
            PlacedChunk(
                id: entry.id, type: entry.type,
                place: ChunkLocation(pack: indexed, offset: entry.offset, storedCount: entry.storedCount))
        }
        var seen: [Int] = []
        try reader.read(run: run[...]) { index, result in
            seen.append(index)
            switch result {
            case .success(let bytes): #expect(index != 9 && Array(bytes) == chunks[index])
            case .failure(let failure): #expect(index == 9 && failure.code == .objectDamaged)
            }
        }
        #expect(seen == Array(0..<20))
    }
}
