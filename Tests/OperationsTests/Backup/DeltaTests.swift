import CLinux
import Chunking
import Operations
import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

/// Large files of which the host keeps the last version, so that what changed in them is stored as the difference to it.
@Suite("A large file stored as differences") struct DeltaTests {
    /// Small chunks, so that a test's file has many.
    private static let chunker = ChunkerParameters(minimum: 4096, average: 8192, maximum: 16_384)

    private func stored(_ snapshot: CatalogedSnapshot, _ trip: RoundTrip) throws -> UInt64 {
        try snapshot.record.description(opener: trip.opener).storedBytes
    }

    @Test("takes a sixth of it or less when one row in a hundred changed all over, wherever the cuts fall")
    func scattered() throws {
        for round in 0..<2 {
            let trip = try RoundTrip()
            var table = RowTable(12_000, seed: UInt64(round))
            trip.write("table", table.bytes)
            let whole = try stored(try trip.backup { $0.delta = true }, trip)
            for _ in 0..<2 {
                table.scatter(120)
                trip.write("table", table.bytes)
                let snapshot = try trip.backup { $0.delta = true }
                let difference = try stored(snapshot, trip)
                #expect(difference * 6 <= whole, "\(difference) of \(whole)")
                let summary = try trip.restore(snapshot) { ($0.overwrite, $0.verify) = (.always, true) }
                #expect(summary.problems.isEmpty && trip.content("table") == table.bytes)
            }
            #expect(try trip.verify().isIntact)
        }
    }

    @Test("comes back byte for byte in every generation, whatever was put in, taken out, rewritten or moved")
    func generations() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        var table = RowTable(2000, seed: 7)
        var versions: [(CatalogedSnapshot, [UInt8])] = []
        for _ in 0..<9 {
            trip.write("table", table.bytes)
            versions.append((try trip.backup { $0.delta = true }, table.bytes))
            for _ in 0..<5 { table.edit() }
        }
        for (snapshot, bytes) in versions {
            #expect(try trip.restore(snapshot) { $0.overwrite = .always }.problems.isEmpty)
            #expect(trip.content("table") == bytes)
        }
        let sizes = try versions.map { try stored($0.0, trip) }
        #expect(sizes[1...].reduce(0, +) < 6 * sizes[0], "\(sizes)")
        #expect(try trip.verify().isIntact)
    }

    @Test(
        "is stored whole again once the differences took as much as a whole, and not before; no difference leans on another"
    )
    func renewal() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        var table = RowTable(3000, seed: 11)
        var sizes: [Double] = []
        var copies: [[UInt8]] = []
        for _ in 0..<12 {
            trip.write("table", table.bytes)
            let snapshot = try trip.backup { $0.delta = true }
            sizes.append(Double(try stored(snapshot, trip)))
            copies += try KeptVersions(trip.host.root).contents
            _ = try trip.restore(snapshot) { $0.overwrite = .always }
            #expect(trip.content("table") == table.bytes)
            table.scatter(300)
        }
        // The version that the host keeps is the same until then, and another one from then on.
        let renewals = (1..<12).filter { copies[$0] != copies[$0 - 1] }
        let first = try #require(renewals.first)
        #expect(sizes[1..<first].reduce(0, +) > 0.9 * sizes[0], "\(sizes)")
        #expect(sizes[1..<first].dropLast().reduce(0, +) < 1.1 * sizes[0], "\(sizes)")
        #expect(sizes[first] > 0.8 * sizes[0] && sizes[1] < 0.6 * sizes[0], "\(sizes)")
        try expectOneStep(trip)
        #expect(try trip.verify().isIntact)
    }

    /// Of all that is stored as a difference, nothing leans on another difference.
    private func expectOneStep(_ trip: RoundTrip) throws {
        var differences: Set<ChunkID> = []
        for name in try trip.store.names(below: "packs") {
            let digest = try #require(Digest32(hex: name.lastComponent))
            let pack = try PackReader.open(digest, .data, store: trip.store, opener: trip.opener)
            differences.formUnion(try pack.footer(store: trip.store).entries.filter(\.isDelta).map(\.id))
        }
        let domain = try #require(try SnapshotCatalog(repository: trip.repository).committed.first).record.domain
        var reader = ChunkReader(
            store: trip.store, locator: try IndexSet(store: trip.store, opener: trip.opener).locator,
            packs: PackCache(store: trip.store, opener: trip.opener),
            identity: try #require(trip.opener.identity(of: domain)))
        let bases = BaseLog()
        reader.baseLog = bases
        for id in differences { try reader.read(id, .data) { _ in } }
        #expect(!differences.isEmpty && bases.ids.isDisjoint(with: differences))
    }

    @Test("is whole again without the host's copy, or with one that is torn, altered or another's")
    func damagedCopies() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        var table = RowTable(3000, seed: 3)
        trip.write("table", table.bytes)
        trip.write("other", RowTable(3000, seed: 4).bytes)
        _ = try trip.backup { $0.delta = true }
        let copies = try KeptVersions(trip.host.root)
        #expect(copies.paths.count == 2)
        let damages: [(inout [UInt8]) -> Void] = [
            { $0 = [] }, { $0.removeLast($0.count / 3) }, { $0.removeLast(5) }, { $0[$0.count / 2] ^= 1 },
            { $0[30] ^= 1 }, { $0[$0.count - 20] ^= 1 }, { $0 = Array(repeating: 7, count: 100_000) },
        ]
        func expectComesBack() throws {
            table.scatter(30)
            trip.write("table", table.bytes)
            _ = try trip.restore(try trip.backup { $0.delta = true }) { $0.overwrite = .always }
            #expect(trip.content("table") == table.bytes)
        }
        for damage in damages {
            try copies.damage(damage)
            try expectComesBack()
        }
        try copies.exchange()
        try expectComesBack()
        try copies.removeAll()
        try expectComesBack()
        #expect(try trip.verify().isIntact)
    }

    @Test("leaves nothing readable on the host, nothing of what was deleted, and nothing at all once it is off")
    func copies() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        let table = RowTable(3000, seed: 5)
        trip.write("table", table.bytes)
        trip.write("other", RowTable(2000, seed: 6).bytes)
        _ = try trip.backup { $0.delta = true }
        let copies = try KeptVersions(trip.host.root)
        #expect(copies.paths.count == 2)
        for path in copies.paths {
            let status = try #require(trip.status(path))
            #expect(status.mode & 0o777 == 0o600)
            #expect(!path.contains("table") && !path.contains("other"))
        }
        #expect(try copies.contents.allSatisfy { !$0.contains(subsequence: Array("ward 1".utf8)) })

        // Nothing changed: both stay.
        _ = try trip.backup { $0.delta = true }
        #expect(try KeptVersions(trip.host.root).paths == copies.paths)
        _ = LocalFile.remove(trip.source + "/other")
        _ = try trip.backup { $0.delta = true }
        #expect(try KeptVersions(trip.host.root).paths.count == 1)
        _ = try trip.backup { ($0.delta, $0.deltaCacheBytes) = (true, 1000) }
        #expect(try KeptVersions(trip.host.root).paths.isEmpty)
        trip.write("table", RowTable(3000, seed: 8).bytes)
        _ = try trip.backup { $0.delta = true }
        #expect(try KeptVersions(trip.host.root).paths.count == 1)
        _ = try trip.backup()
        #expect(try KeptVersions(trip.host.root).paths.isEmpty)
    }

    @Test("may die at any request: what was there stays readable, and the next backup is as small as ever")
    func deaths() throws {
        let trip = try RoundTrip(chunker: Self.chunker)
        var table = RowTable(8000, seed: 9)
        trip.write("table", table.bytes)
        let first = try trip.backup { $0.delta = true }
        let (firstBytes, whole) = (table.bytes, try stored(first, trip))
        for death in 0..<6 {
            table.scatter(20)
            trip.write("table", table.bytes)
            let left = Monitor(death)
            let failing = InterposedStore(trip.store) { request, _ in
                guard request == .put else { return }
                try left.withLock { left in
                    left -= 1
                    if left < 0 { throw Failure(.storageFull, "There is no room.", advice: "Make room.") }
                }
            }
            let outcome = Result { try trip.backup(on: failing) { $0.delta = true } }
            if case .success = outcome { break }
            _ = try trip.restore(first) { $0.overwrite = .always }
            #expect(trip.content("table") == firstBytes)
            let next = try trip.backup { $0.delta = true }
            #expect(try stored(next, trip) * 2 < whole)
            _ = try trip.restore(next) { $0.overwrite = .always }
            #expect(trip.content("table") == table.bytes)
        }
        #expect(try trip.verify().isIntact)
    }
}
