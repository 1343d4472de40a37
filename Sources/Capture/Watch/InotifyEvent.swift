import Glibc

/// One notification of inotify(7).
struct InotifyEvent {
    var watch: Int32
    var mask: UInt32
    /// The same for both halves of a move.
    var cookie: UInt32
    /// Empty when it is about the directory itself.
    var name: ArraySlice<UInt8>

    var isDirectory: Bool { has(IN_ISDIR) }
    func has(_ bits: Int32...) -> Bool { bits.contains { mask & UInt32(bitPattern: $0) != 0 } }

    /// What counts as a change of a directory and of what is in it. Opening and reading are not among it, so that a backup
    /// never wakes itself; a write counts before the file is closed, or a log that stays open would never be backed up.
    static let changes =
        UInt32(IN_MODIFY) | UInt32(IN_CLOSE_WRITE) | UInt32(IN_ATTRIB) | UInt32(IN_CREATE) | UInt32(IN_DELETE)
        | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | maskAdd
    /// What happens to the names in a directory above a root.
    static let comings =
        UInt32(IN_CREATE) | UInt32(IN_DELETE) | UInt32(IN_MOVED_FROM) | UInt32(IN_MOVED_TO) | UInt32(IN_DELETE_SELF)
        | UInt32(IN_MOVE_SELF) | maskAdd
    /// A directory that is watched for one reason goes on to be watched for the others.
    private static let maskAdd: UInt32 = 0x2000_0000

    /// Reads what waits, at most one buffer. False when nothing does.
    static func read(_ descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, _ body: (InotifyEvent) -> Void)
        -> Bool
    {
        let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        guard count > 0 else { return false }
        var offset = 0
        while offset + 16 <= count {
            // struct inotify_event: wd 4, mask 4, cookie 4, len 4, name with zeros behind it
            let length = Int(buffer.loadUnaligned(fromByteOffset: offset + 12, as: UInt32.self))
            let name = buffer[(offset + 16)..<min(count, offset + 16 + length)].prefix { $0 != 0 }
            body(
                InotifyEvent(
                    watch: buffer.loadUnaligned(fromByteOffset: offset, as: Int32.self),
                    mask: buffer.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self),
                    cookie: buffer.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self), name: Array(name)[...]))
            offset += 16 + length
        }
        return true
    }
}
