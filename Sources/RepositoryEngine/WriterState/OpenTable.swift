import Glibc
import Primitives

/// A hash table of fixed-size slots in a mapped file: memory belongs to the page cache, not to the process, however large it grows.
/// Keys are parts of keyed hashes, so they are spread as they are. Open addressing, linear probing, load at most 3/4.
struct OpenTable: ~Copyable {
    /// Bytes of a slot: 16 of key, then the value. A key of zeros marks a free slot.
    let slotCount: Int
    private(set) var count = 0
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer
    private let anonymousFileIn: String

    /// An empty table whose file, in `folder`, has no name.
    init(slotBytes: Int, expecting: Int, folder: String) throws {
        slotCount = slotBytes
        anonymousFileIn = folder
        capacity = max(1024, expecting * 4 / 3 + 64)
        memory = try MappedFile.make(capacity * slotBytes, in: folder)
    }

    deinit { munmap(memory, capacity * slotCount) }

    private func slot(_ index: Int) -> UnsafeMutableRawPointer { memory + index * slotCount }

    private func find(_ key: Prefix16) -> (index: Int, isFree: Bool) {
        // Keys are compared as the slots have them, big-endian: this loop is where a run with many small files spends its look-ups.
        let (high, low) = (key.high.bigEndian, key.low.bigEndian)
        var index = Int(key.high.multipliedFullWidth(by: UInt64(capacity)).high)
        while true {
            let found = slot(index)
            let foundHigh = found.loadUnaligned(as: UInt64.self)
            let foundLow = found.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            if foundHigh == high, foundLow == low { return (index, false) }
            if foundHigh == 0, foundLow == 0 { return (index, true) }
            index &+= 1
            if index == capacity { index = 0 }
        }
    }

    /// The value's bytes, or nil.
    func value(for key: Prefix16) -> UnsafeRawBufferPointer? {
        let (index, isFree) = find(key)
        return isFree ? nil : UnsafeRawBufferPointer(start: slot(index) + 16, count: slotCount - 16)
    }

    /// Fills the value of `key` through `body`, and says whether the key is new. An old value is left alone.
    mutating func insert(_ key: Prefix16, _ body: (UnsafeMutableRawBufferPointer) -> Void) throws -> Bool {
        if (count + 1) * 4 > capacity * 3 { try grow() }
        let (index, isFree) = find(key)
        guard isFree else { return false }
        key.store(into: UnsafeMutableRawBufferPointer(start: slot(index), count: 16))
        body(UnsafeMutableRawBufferPointer(start: slot(index) + 16, count: slotCount - 16))
        count += 1
        return true
    }

    private mutating func grow() throws {
        var larger = try OpenTable(slotBytes: slotCount, expecting: capacity * 3 / 2, folder: anonymousFileIn)
        for index in 0..<capacity {
            let raw = UnsafeRawBufferPointer(start: slot(index), count: slotCount)
            let key = Prefix16(loading: raw)
            if key.high == 0, key.low == 0 { continue }
            _ = try larger.insert(key) { $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: raw[16...])) }
        }
        self = larger
    }

    func forEach(_ body: (UnsafeRawBufferPointer) throws -> Void) rethrows {
        for index in 0..<capacity {
            let raw = UnsafeRawBufferPointer(start: slot(index), count: slotCount)
            let key = Prefix16(loading: raw)
            if key.high != 0 || key.low != 0 { try body(raw) }
        }
    }
}
