import Glibc
import Primitives

/// Two numbers under an id: what a collection knows of a chunk, in 32 bytes.
package struct Line: Sendable, Comparable, Hashable {
    package var id: Prefix16
    package var a: UInt64
    package var b: UInt64

    package init(_ id: Prefix16, _ a: UInt64 = 0, _ b: UInt64 = 0) { (self.id, self.a, self.b) = (id, a, b) }

    package static func < (x: Line, y: Line) -> Bool {
        if x.id.high != y.id.high { return x.id.high < y.id.high }
        return (x.id.low, x.a, x.b) < (y.id.low, y.a, y.b)
    }
}

/// Lines that come in any order and are read in the order of their ids, however many they are: as many as `budget` lie in memory,
/// sorted runs of the others in a file without a name. One thread at a time.
package final class LineTable {
    private let folder: String
    private let budget: Int
    private var pending: [Line] = []
    private var memory: [Line] = []
    private var file: LineFile?
    private(set) package var count = 0

    package init(folder: String, budget: Int) { (self.folder, self.budget) = (folder, max(budget, 16)) }

    package func append(_ line: Line) throws {
        pending.append(line)
        count += 1
        if pending.count + memory.count >= budget { try spill() }
    }

    private func spill() throws {
        let lines = try file ?? LineFile(in: folder)
        file = lines
        memory += pending
        pending.removeAll(keepingCapacity: true)
        memory.sort()
        try lines.append(run: memory)
        memory.removeAll()
    }

    /// Puts what was appended in its place. Before anything is read.
    package func settle() throws {
        guard !pending.isEmpty else { return }
        if file != nil { return try spill() }
        memory += pending
        memory.sort()
        pending = []
    }

    /// All lines in order; one that was appended twice comes twice.
    package func sorted() -> LineReader {
        LineReader((file?.runs ?? []).map { LineCursor(file, $0) } + [LineCursor(memory)])
    }

    /// Those of one id.
    package func lines(of id: Prefix16) throws -> [Line] {
        var found = Self.lines(of: id, count: memory.count) { memory[$0] }
        for run in file?.runs ?? [] {
            found += try Self.lines(of: id, count: run.count) { [file] in
                try file?.read(1, at: run.lowerBound + $0).first ?? Line(id)
            }
        }
        return found.sorted()
    }

    private static func lines(of id: Prefix16, count: Int, _ line: (Int) throws -> Line) rethrows -> [Line] {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if try line(middle).id < id { low = middle + 1 } else { high = middle }
        }
        var found: [Line] = []
        while low < count {
            let next = try line(low)
            guard next.id == id else { break }
            found.append(next)
            low += 1
        }
        return found
    }
}

/// Sorted runs of lines, one behind the other, in a file that vanishes with the process.
final class LineFile {
    private let fd: Int32
    private let folder: String
    private(set) var runs: [Range<Int>] = []

    init(in folder: String) throws {
        var template = Array((folder + "/collect.XXXXXX").utf8CString)
        fd = mkstemp(&template)
        self.folder = folder
        guard fd >= 0 else { throw stateFailure(errno, "create a table in", folder) }
        _ = fcntl(fd, F_SETFD, FD_CLOEXEC)
        unlink(template)
    }

    deinit { close(fd) }

    func append(run lines: [Line]) throws {
        let start = runs.last?.upperBound ?? 0
        try lines.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let offset = off_t(start * MemoryLayout<Line>.stride + written)
                let some = pwrite(fd, bytes.baseAddress.map { $0 + written }, bytes.count - written, offset)
                if some < 0, errno == EINTR { continue }
                guard some > 0 else { throw stateFailure(some < 0 ? errno : ENOSPC, "write a table in", folder) }
                written += some
            }
        }
        runs.append(start..<start + lines.count)
    }

    func read(_ count: Int, at line: Int) throws -> [Line] {
        try [Line](unsafeUninitializedCapacity: count) { buffer, filled in
            let bytes = UnsafeMutableRawBufferPointer(buffer)
            var done = 0
            while done < bytes.count {
                let offset = off_t(line * MemoryLayout<Line>.stride + done)
                let some = pread(fd, bytes.baseAddress.map { $0 + done }, bytes.count - done, offset)
                if some < 0, errno == EINTR { continue }
                guard some > 0 else { throw stateFailure(some < 0 ? errno : EIO, "read a table in", folder) }
                done += some
            }
            filled = count
        }
    }
}
