import Operations
import Primitives
import RepositoryEngine
import Storage
import TestSupport
import Testing

/// Files that are written in place, a page here and a page there.
@Suite("A file of pages") struct PageDeltaTests {
    private func bytes(in store: MemoryStore) throws -> Int64 {
        var bytes: Int64 = 0
        try store.list(below: "") { bytes += $1 }
        return bytes
    }

    /// Backs up and tells what that added to the store, records and all.
    private func backup(_ trip: RoundTrip) throws -> (snapshot: CatalogedSnapshot, growth: Int64) {
        let before = try bytes(in: trip.store)
        let snapshot = try trip.backup { $0.delta = true }
        return (snapshot, try bytes(in: trip.store) - before)
    }

    @Test("of which one in a hundred changed takes three hundredths at most, and comes back byte for byte")
    func inPlace() throws {
        let trip = try RoundTrip()
        var pages = PagedFile(512, seed: 51)
        let original = pages.bytes
        trip.write("pages", original)
        let first = try backup(trip)
        pages.rewrite(5)
        trip.write("pages", pages.bytes)
        let second = try backup(trip)
        // What a snapshot costs in which nothing changed.
        let fixed = try backup(trip).growth
        let difference = second.growth - fixed
        #expect(difference > 0)
        #expect(difference * 100 <= first.growth * 3, "\(second.growth) less \(fixed) of \(first.growth)")
        for (snapshot, content) in [(first.snapshot, original), (second.snapshot, pages.bytes)] {
            #expect(try trip.restore(snapshot) { $0.overwrite = .always }.problems.isEmpty)
            #expect(trip.content("pages") == content)
        }
        #expect(try trip.verify().isIntact)
    }
}
