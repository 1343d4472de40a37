import Glibc
import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

@testable import Identity

@Suite("Damage")
struct DamageTests {
    /// Two large files in data packs of their own chunks, and small ones.
    private func damagedTrip() throws -> (RoundTrip, CatalogedSnapshot) {
        let trip = try RoundTrip()
        var generator = SeededGenerator(seed: 11)
        for name in ["one", "two"] {
            trip.write(name, (0..<400_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
        trip.write("small", Array("small".utf8))
        return (trip, try trip.backup())
    }

    @Test("of one chunk costs the files that need it and no other, and verify names them")
    func chunk() throws {
        let (trip, snapshot) = try damagedTrip()
        #expect(try trip.verify().isIntact)
        let pack = try #require(try trip.store.names(below: "packs").first)
        try trip.flip(pack, at: 200_000)
        let summary = try trip.restore(snapshot)
        #expect(summary.damageCount == 1)
        let lost = try #require(summary.problems.first)
        #expect(trip.content(String(lost.pathText.dropFirst(trip.source.count + 1))) == nil)
        #expect(summary.files == 2)
        #expect(trip.content("small") == Array("small".utf8))

        let report = try trip.verify()
        #expect(report.findingCount == 1)
        let finding = try #require(report.findings.first)
        #expect(finding.object == pack.path)
        #expect(finding.files == [lost.path])
        #expect(finding.snapshots == [snapshot.digest])
        #expect(try trip.verify(keys: false).findings.map(\.object) == [pack.path])
    }

    @Test("of a newer version names the newest one that is whole, and of a file that was always as it is none")
    func intactVersions() throws {
        let trip = try RoundTrip()
        var generator = SeededGenerator(seed: 12)
        func noise() -> [UInt8] { (0..<400_000).map { _ in UInt8.random(in: 0...255, using: &generator) } }
        for name in ["changing", "lasting"] { trip.write(name, noise()) }
        _ = try trip.backup()
        trip.write("changing", noise())
        let second = try trip.backup()
        let before = Set(try trip.store.names(below: "packs"))
        trip.write("changing", noise())
        let third = try trip.backup()
        // Of the third, all that is new; then all there is.
        for pack in try trip.store.names(below: "packs") where !before.contains(pack) {
            try trip.flip(pack, at: 200_000)
        }
        let path = Array("\(trip.source)/changing".utf8)
        let finding = try #require(try trip.verify().findings.first { $0.files.contains(path) })
        #expect(finding.snapshots == [third.digest])
        #expect(finding.intact.mapValues(\.snapshot) == [path: second.digest])
        #expect(finding.intact[path]?.time == second.record.time)
        for pack in before { trip.store.tamper(pack, with: nil) }
        let findings = try trip.verify().findings.filter { !$0.files.isEmpty }
        #expect(!findings.isEmpty && findings.allSatisfy { $0.intact.isEmpty })
    }

    @Test("that takes a pack away is found without reading data")
    func missingPack() throws {
        let (trip, snapshot) = try damagedTrip()
        let pack = try #require(try trip.store.names(below: "packs").first)
        trip.store.tamper(pack, with: nil)
        #expect(try trip.restore(snapshot).damageCount == 3)
        let report = try trip.verify(readData: false)
        #expect(report.findings.first?.object == pack.path)
        #expect(report.findings.first?.fileCount == 3)
        #expect(try !trip.verify(readData: false, keys: false).isIntact)
    }

    @Test("of the index does no harm, and a repair makes up for it")
    func lostIndex() throws {
        let (trip, snapshot) = try damagedTrip()
        for name in try trip.store.names(below: "index") { trip.store.tamper(name, with: nil) }
        #expect(try trip.restore(snapshot).problems.isEmpty)
        #expect(try !trip.verify().isIntact)
        let repair = try RepairIndex.run(
            permit: Permit(owner: "test"), repository: trip.repository, opener: trip.opener, observer: SilentObserver())
        #expect(repair.runs.count == 1)
        #expect(try trip.verify().isIntact)
    }

    @Test("of the index's pages sends the reader to the packs")
    func damagedIndex() throws {
        let (trip, snapshot) = try damagedTrip()
        let run = try #require(try trip.store.names(below: "index").first)
        try trip.flip(run, at: 4000)
        #expect(try trip.restore(snapshot) { $0.verify = true }.problems.isEmpty)
        #expect(try !trip.verify().isIntact)
    }

    @Test("anywhere in the repository is found, and never restored as if it were right")
    func everywhere() throws {
        let trip = try RoundTrip()
        trip.write("file", Array("content".utf8))
        let snapshot = try trip.backup()
        var generator = SeededGenerator(seed: 3)
        for name in try trip.store.names(below: "packs") + trip.store.names(below: "meta")
            + trip.store.names(below: "index")
        {
            let whole = try trip.store.readAll(name, limit: 1 << 24)
            for _ in 0..<8 {
                try trip.flip(name, at: Int.random(in: 0..<whole.count, using: &generator))
                #expect(try !trip.verify().isIntact, "\(name)")
                let summary = try trip.restore(snapshot) { $0.overwrite = .always }
                #expect(summary.damageCount > 0 || trip.content("file") == Array("content".utf8))
                trip.store.tamper(name, with: whole)
            }
        }
        #expect(try trip.verify().isIntact)
    }
}
