import Glibc
import Primitives
import RepositoryEngine

/// Remembers where small contents were restored to, in a fixed amount of memory. A later file with the same content is copied from
/// there: to open a bundle of a megabyte for one of its files costs a hundred times as much. What is found here is a hint: whoever
/// uses it compares the digest of what it reads.
final class RestoredContents {
    private struct Slot {
        var key: UInt64
        /// Of the path's first byte, counted from the beginning of the run.
        var position: UInt64
        /// Ordinal of the window.
        var window: UInt32
        var count: UInt32
    }

    private static let slotCount = 1 << 18
    private static let pathBytes = 8 << 20
    static let longestPath = 3800

    /// Zeroed by the kernel as it is touched: a small restore uses little of it.
    private let slots: UnsafeMutablePointer<Slot>
    private let paths: UnsafeMutablePointer<UInt8>
    private var end: UInt64 = 0

    init() {
        guard let slots = calloc(Self.slotCount, MemoryLayout<Slot>.stride), let paths = calloc(Self.pathBytes, 1)
        else {
            preconditionFailure("out of memory")
        }
        self.slots = slots.bindMemory(to: Slot.self, capacity: Self.slotCount)
        self.paths = paths.bindMemory(to: UInt8.self, capacity: Self.pathBytes)
    }

    deinit {
        free(slots)
        free(paths)
    }

    private static func key(_ slice: Slice) -> UInt64 {
        let place = (UInt64(slice.offset) << 32 | UInt64(slice.count)) &* 0x9E37_79B9_7F4A_7C15
        return (slice.id.a ^ place ^ (place >> 29)) | 1
    }

    func remember(_ slice: Slice, at path: [UInt8], window: Int) {
        guard path.count <= Self.longestPath, !path.isEmpty else { return }
        // A path lies in one piece.
        let used = Int(end % UInt64(Self.pathBytes))
        if used + path.count > Self.pathBytes { end += UInt64(Self.pathBytes - used) }
        (paths + Int(end % UInt64(Self.pathBytes))).update(from: path, count: path.count)
        let key = Self.key(slice)
        slots[Int(key >> 1) & (Self.slotCount - 1)] = Slot(
            key: key, position: end, window: UInt32(truncatingIfNeeded: window), count: UInt32(path.count))
        end += UInt64(path.count)
    }

    /// Where the content of `slice` was restored to by one of the windows before `finished`.
    func path(of slice: Slice, before finished: Int) -> [UInt8]? {
        let key = Self.key(slice)
        let slot = slots[Int(key >> 1) & (Self.slotCount - 1)]
        guard slot.key == key, Int(slot.window) < finished, slot.position + UInt64(Self.pathBytes) >= end else {
            return nil
        }
        return Array(
            UnsafeBufferPointer(start: paths + Int(slot.position % UInt64(Self.pathBytes)), count: Int(slot.count)))
    }
}
