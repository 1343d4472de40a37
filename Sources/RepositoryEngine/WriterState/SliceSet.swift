import Primitives

/// A set of slices of bundles, in a mapped file.
package struct SliceSet: ~Copyable {
    private var table: OpenTable

    package init(expecting: Int, folder: String) throws {
        table = try OpenTable(slotBytes: 24, expecting: expecting, folder: folder)
    }

    /// Ids are keyed hashes, so a part of one, moved by the offset, is as good a key.
    private static func key(_ slice: Slice) -> Prefix16 {
        Prefix16(high: slice.id.a &+ UInt64(slice.offset) &* 0x9e37_79b9_7f4a_7c15, low: slice.id.b)
    }

    package mutating func insert(_ slice: Slice) throws { _ = try table.insert(Self.key(slice)) { _ in } }
    package borrowing func contains(_ slice: Slice) -> Bool { table.value(for: Self.key(slice)) != nil }
}
