import TestSupport
import Testing

@testable import RepositoryEngine

@Suite struct MappedListTests {
    @Test func itGrowsAndForgetsNothing() throws {
        let folder = try TemporaryFolder()
        var list = try MappedList<UInt32>(folder: folder.path, capacity: 2)
        for number: UInt32 in 0..<10_000 { try list.append(number &* 2_654_435_761) }
        #expect(list.count == 10_000)
        for number in 0..<10_000 { #expect(list[number] == UInt32(number) &* 2_654_435_761) }
        // Its files have no names.
        #expect(try folder.everything.isEmpty)
    }
}
