import Operations
import Primitives
import RepositoryEngine
import Storage
import Testing

/// A host that finds some of its packs gone stores what they held once more.
@Suite struct LostPackTests {
    @Test(
        "What a lost pack held is stored again, listing included",
        arguments: ["packs", "meta"])
    func storedAgain(folder: String) throws {
        let trip = try RoundTrip()
        for number in 0..<200 { trip.write("file-\(number)", Array("content of \(number)".utf8)) }
        _ = try trip.backup()
        for name in try trip.store.names(below: folder) { trip.store.tamper(name, with: nil) }
        #expect(try !trip.verify().isIntact)

        trip.write("file-7", Array("another content".utf8))
        let second = try trip.backup()
        let summary = try trip.restore(second) { $0.verify = true }
        #expect(summary.problems.isEmpty && summary.files == 200)
        #expect(trip.content("file-7") == Array("another content".utf8))
        #expect(trip.content("file-199") == Array("content of 199".utf8))
    }

    @Test("A block that is stored as a difference is stored anew when what it differs from is gone") func lostBase()
        throws
    {
        let trip = try RoundTrip()
        for number in 0..<200 { trip.write("file-\(number)", Array("content of \(number)".utf8)) }
        _ = try trip.backup()
        let before = Set(try trip.store.names(below: "meta"))
        trip.write("file-7", Array("another content".utf8))
        _ = try trip.backup()
        for name in before { trip.store.tamper(name, with: nil) }

        let third = try trip.backup()
        #expect(try trip.restore(third).problems.isEmpty)
        #expect(
            try trip.verify().findings.allSatisfy {
                before.map(\.path).contains($0.object) || !$0.snapshots.contains(third.digest)
            })
    }
}
