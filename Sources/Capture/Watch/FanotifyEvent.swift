import Glibc

/// One notification of fanotify(7) that names a directory by its handle and an entry of it by its name.
struct FanotifyEvent {
    var mask: UInt64
    /// The file system's number and behind it a `struct file_handle`: what tells one directory from all others.
    var directory: ArraySlice<UInt8>
    /// Empty when it is about the directory itself.
    var name: ArraySlice<UInt8>

    var isOverflow: Bool { mask & Self.overflow != 0 }
    var isDirectory: Bool { mask & Self.onDirectory != 0 }
    /// Whether another entry has the name now, or none.
    var isComing: Bool { mask & (Self.created | Self.deleted | Self.moved) != 0 }
    var movesDirectory: Bool { isDirectory && mask & Self.moved != 0 }

    // linux/fanotify.h, whose values Swift does not see as one type.
    private static let written: UInt64 = 0x2 | 0x8
    private static let attributes: UInt64 = 0x4
    private static let moved: UInt64 = 0x40 | 0x80
    private static let created: UInt64 = 0x100
    private static let deleted: UInt64 = 0x200
    private static let overflow: UInt64 = 0x4000
    private static let onDirectory: UInt64 = 0x4000_0000
    /// What counts as a change; the same as for inotify.
    static let changes = written | attributes | moved | created | deleted | onDirectory

    /// Reads what waits, at most one buffer. False when nothing does.
    static func read(
        _ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, _ body: (FanotifyEvent) -> Void
    ) -> Bool {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { return false }
        var offset = 0
        while offset + 24 <= count {
            // struct fanotify_event_metadata: event_len 4, vers 1, reserved 1, metadata_len 2, mask 8, fd 4, pid 4
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
            guard length >= 24, offset + length <= count else { return true }
            let head = Int(buffer.loadUnaligned(fromByteOffset: offset + 6, as: UInt16.self))
            var event = FanotifyEvent(
                mask: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self), directory: [], name: [])
            event.readPlace(UnsafeRawBufferPointer(rebasing: buffer[(offset + min(head, length))..<(offset + length)]))
            body(event)
            offset += length
        }
        return true
    }

    private mutating func readPlace(_ records: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 20 <= records.count {
            // struct fanotify_event_info_fid: type 1, pad 1, len 2, fsid 8, then handle_bytes 4, handle_type 4, the handle, the name
            let type = records[offset]
            let length = Int(records.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self))
            let handle = Int(records.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            guard length >= 20, offset + length <= records.count, 20 + handle <= length else { return }
            if type == 2 || type == 3 {
                directory = Array(records[(offset + 4)..<(offset + 20 + handle)])[...]
                let name = records[(offset + 20 + handle)..<(offset + length)].prefix { $0 != 0 }
                self.name = type == 3 || name.elementsEqual([UInt8(ascii: ".")]) ? [] : Array(name)[...]
            }
            offset += length
        }
    }
}
