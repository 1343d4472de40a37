import Glibc
import Primitives

/// Memory that belongs to the page cache, and not to the process.
enum MappedFile {
    /// So many bytes, zeros, of a file in `folder` that has no name. Whoever gets them unmaps them.
    static func make(_ bytes: Int, in folder: String) throws -> UnsafeMutableRawPointer {
        var template = Array((folder + "/table.XXXXXX").utf8CString)
        let fd = mkstemp(&template)
        guard fd >= 0 else { throw stateFailure(errno, "create a table in", folder) }
        unlink(template)
        defer { close(fd) }
        guard ftruncate(fd, off_t(bytes)) == 0 else { throw stateFailure(errno, "size a table in", folder) }
        // Blocks are reserved now: a full disk must be an error here, not a signal in the middle of a write to mapped memory.
        let reserved = posix_fallocate(fd, 0, off_t(bytes))
        guard reserved == 0 else { throw stateFailure(reserved, "reserve space for a table in", folder) }
        guard let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), memory != MAP_FAILED else {
            throw stateFailure(errno, "map a table in", folder)
        }
        return memory
    }
}

/// Numbers one after the other in such memory, however many they become.
struct MappedList<Number: FixedWidthInteger & BitwiseCopyable>: ~Copyable {
    private(set) var count = 0
    private var capacity: Int
    private var memory: UnsafeMutableRawPointer
    private let folder: String

    init(folder: String, capacity: Int = 1024) throws {
        (self.folder, self.capacity) = (folder, capacity)
        memory = try MappedFile.make(capacity * MemoryLayout<Number>.stride, in: folder)
    }

    deinit { munmap(memory, capacity * MemoryLayout<Number>.stride) }

    subscript(index: Int) -> Number {
        precondition(index < count, "a number behind the last one")
        return memory.load(fromByteOffset: index * MemoryLayout<Number>.stride, as: Number.self)
    }

    mutating func append(_ number: Number) throws {
        if count == capacity { try grow() }
        memory.storeBytes(of: number, toByteOffset: count * MemoryLayout<Number>.stride, as: Number.self)
        count += 1
    }

    private mutating func grow() throws {
        var larger = try MappedList(folder: folder, capacity: capacity * 2)
        larger.memory.copyMemory(from: memory, byteCount: count * MemoryLayout<Number>.stride)
        larger.count = count
        self = larger
    }
}

func stateFailure(_ number: Int32, _ doing: String, _ path: String) -> Failure {
    Failure(
        number == ENOSPC || number == EDQUOT ? .storageFull : .stateUnusable,
        "Cannot \(doing) \(path): \(String(cString: strerror(number))).",
        advice: "Check owner, mode and free space; SAFEHOLD_HOME says where this host's state is kept.")
}
