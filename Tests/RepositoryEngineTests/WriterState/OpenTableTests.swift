import Primitives
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite struct OpenTableTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    @Test func itGrowsAndForgetsNothing() throws {
        var random = SeededGenerator(seed: 1)
        var table = try OpenTable(slotBytes: 24, expecting: 0, folder: folder.path)
        var model: [Prefix16: UInt64] = [:]
        for number in 0..<UInt64(20_000) {
            // Keys come again, and some share their first half.
            let key = Prefix16(high: random.next() % 15_000 &* 0x123_4567_89AB_CDEF | 1, low: random.next() % 2)
            let isNew = try table.insert(key) { $0.storeBytes(of: number, as: UInt64.self) }
            #expect(isNew == (model[key] == nil))
            if isNew { model[key] = number }
        }
        #expect(table.count == model.count)
        for (key, value) in model {
            #expect(table.value(for: key)?.loadUnaligned(as: UInt64.self) == value)
            #expect(table.value(for: Prefix16(high: key.high, low: 7)) == nil)
        }
        var seen: [Prefix16: UInt64] = [:]
        table.forEach { seen[Prefix16(loading: $0)] = $0.loadUnaligned(fromByteOffset: 16, as: UInt64.self) }
        #expect(seen == model)
    }

    /// Keys that all want the last slots run over the end to the beginning.
    @Test func keysThatCrowdAtTheEndAreFound() throws {
        var table = try OpenTable(slotBytes: 24, expecting: 0, folder: folder.path)
        let keys = (0..<700).map { Prefix16(high: .max, low: UInt64($0)) }
        for key in keys { #expect(try table.insert(key) { $0.storeBytes(of: key.low, as: UInt64.self) }) }
        for key in keys { #expect(table.value(for: key)?.loadUnaligned(as: UInt64.self) == key.low) }
        #expect(table.value(for: Prefix16(high: .max, low: 701)) == nil)
    }

    @Test func itsFileHasNoName() throws {
        var table = try OpenTable(slotBytes: 56, expecting: 10_000, folder: folder.path)
        #expect(try table.insert(Prefix16(high: 1, low: 1)) { _ in })
        #expect(try folder.everything == [])
    }

    @Test func withoutAFolderThereIsAnErrorAndNoCrash() {
        #expect(
            failureCode { _ = try OpenTable(slotBytes: 24, expecting: 0, folder: folder.path + "/none") }
                == .stateUnusable)
        // More than any disk has.
        #expect(
            failureCode { _ = try OpenTable(slotBytes: 24, expecting: 1 << 50, folder: folder.path) } == .stateUnusable)
    }
}
