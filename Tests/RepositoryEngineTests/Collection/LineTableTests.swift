import Primitives
import Sealing
import Storage
import TestSupport
import Testing

@testable import RepositoryEngine

/// What a collection sorts comes back sorted and whole, out of memory or of a file.
@Suite struct LineTableTests {
    private func line(_ random: inout SeededGenerator) -> Line {
        Line(Prefix16(high: random.next() % 500, low: random.next() % 3), random.next() % 5, random.next())
    }

    @Test(arguments: [16, 100, 1_000, 100_000]) func whatGoesInComesOutInOrder(_ budget: Int) throws {
        let folder = try TemporaryFolder()
        var random = SeededGenerator(seed: UInt64(budget))
        let table = LineTable(folder: folder.path, budget: budget)
        var expected: [Line] = []
        for round in 0..<5 {
            for _ in 0..<1_000 + round {
                let line = line(&random)
                expected.append(line)
                try table.append(line)
            }
            try table.settle()
            expected.sort()
            var reader = table.sorted()
            var found: [Line] = []
            while let line = try reader.next() { found.append(line) }
            #expect(found == expected && table.count == expected.count)
            for number in stride(from: UInt64(0), to: 520, by: 13) {
                let id = Prefix16(high: number, low: number % 3)
                #expect(try table.lines(of: id) == expected.filter { $0.id == id })
            }
        }
    }

    @Test func aFolderThatIsGoneIsAnErrorThatNamesIt() throws {
        let table = LineTable(folder: "/nowhere/at/all", budget: 16)
        let failure = #expect(throws: Failure.self) {
            for number in 0..<100 { try table.append(Line(Prefix16(high: UInt64(number), low: 0))) }
        }
        #expect(failure?.message.contains("/nowhere/at/all") == true)
    }
}

/// A census of many chunks out of a small memory. `make soak` makes one of 10^8 (Benchmarks/CensusScale).
@Suite struct CensusScaleTests {
    @Test func aMillionChunksInThousandsOfPacksOutOfAMegabyte() throws {
        let folder = try TemporaryFolder()
        let space = CollectionSpace(folder: folder.path, lines: 1 << 14)
        let scale = SyntheticCensus(chunks: 1_000_000, packChunks: 250)
        let census = PackCensus(
            store: MemoryStore(), opener: SealOpener(repository: .zero), swept: [], space: space)
        try scale.fill(census)
        let live = LiveChunks(space: space)
        try scale.mark(live)
        let verdict = try PackVerdict(census, live: live, below: 60)
        #expect(verdict.unneeded == scale.packs(where: { $0 == 0 }))
        #expect(verdict.sparse == scale.packs(where: { (1..<6).contains($0) }))
        var dead = [Bool](repeating: false, count: census.packs.count)
        for pack in verdict.unneeded + verdict.sparse { dead[Int(pack)] = true }
        var moved = 0
        try census.forEachMove(from: dead, live: live) { _ in moved += 1 }
        #expect(moved == verdict.sparse.reduce(0) { $0 + 25 * scale.tenths(of: Int($1)) })
    }
}

/// Packs of which so many tenths are needed as their number ends with.
struct SyntheticCensus {
    let chunks: Int
    let packChunks: Int

    var packCount: Int { chunks / packChunks }
    func tenths(of pack: Int) -> Int { pack % 10 }
    func packs(where isWanted: (Int) -> Bool) -> [UInt32] {
        (0..<packCount).filter { isWanted(tenths(of: $0)) }.map { UInt32($0) }
    }

    /// Spread as keyed hashes are.
    private func id(_ pack: Int, _ chunk: Int) -> ChunkID {
        let number = UInt64(pack * packChunks + chunk + 1)
        return Digest32(a: number &* 0x9E37_79B9_7F4A_7C15, b: number, c: 0, d: 0)
    }

    func fill(_ census: PackCensus) throws {
        for pack in 0..<packCount {
            var footer = Footer()
            for chunk in 0..<packChunks {
                footer.entries.append(
                    Footer.Entry(
                        id: id(pack, chunk), type: .data, offset: UInt32(chunk * 1_000), storedCount: 1_000,
                        plaintextCount: 2_000))
            }
            try census.add(
                PackCensus.Pack(name: Digest32(a: UInt64(pack), b: 0, c: 0, d: 0), kind: .data, size: 1 << 18), footer,
                SealedObjectID(Prefix16(high: UInt64(pack), low: 0)))
        }
        try census.settle()
    }

    func mark(_ live: LiveChunks) throws {
        for pack in 0..<packCount {
            for chunk in 0..<packChunks * tenths(of: pack) / 10 { try live.insert(id(pack, chunk)) }
        }
        try live.settle()
    }
}
