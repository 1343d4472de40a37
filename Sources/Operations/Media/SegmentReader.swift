import CLinux
import Glibc
import Parity
import Primitives
import Sealing
import Storage

/// Reads the objects of a segment as one stream of blocks, from the medium itself and not from what the system remembers of it. What
/// cannot be read counts as zeros; its digest then shows it.
struct SegmentReader {
    let store: DirectoryStore
    let blockSize: Int

    /// `block` gets each block with its digest, `object` each object with its digest, or with what kept it from having one. An object
    /// is told before the block in which it ends.
    func read(
        _ objects: [(name: ObjectName, size: UInt64)], object: (Int, Result<Digest32, MediumProblem>) throws -> Void,
        block: (Int, UnsafeRawBufferPointer, Prefix16) throws -> Void
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: blockSize, alignment: 4096)
        defer { buffer.deallocate() }
        var (filled, index, blockHash) = (0, 0, SHA256Lane())
        for (number, entry) in objects.enumerated() {
            forget(entry.name)
            var (offset, objectHash, problem) = (UInt64(0), SHA256Lane(), sizeProblem(entry))
            while offset < entry.size {
                let count = Int(min(UInt64(blockSize - filled), entry.size - offset))
                let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[filled..<filled + count])
                problem = fill(piece, entry.name, at: offset) ?? problem
                SHA256Lane.update(
                    &objectHash, UnsafeRawBufferPointer(piece), &blockHash, UnsafeRawBufferPointer(piece))
                filled += count
                offset += UInt64(count)
                if offset == entry.size {
                    try object(number, problem.map { .failure($0) } ?? .success(objectHash.value()))
                }
                guard filled == blockSize else { continue }
                try block(index, UnsafeRawBufferPointer(buffer), blockHash.value().prefix)
                (filled, index, blockHash) = (0, index + 1, SHA256Lane())
            }
            if entry.size == 0 { try object(number, problem.map { .failure($0) } ?? .success(objectHash.value())) }
        }
        guard filled > 0 else { return }
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
        rest.initializeMemory(as: UInt8.self, repeating: 0)
        blockHash.update(UnsafeRawBufferPointer(rest))
        try block(index, UnsafeRawBufferPointer(buffer), blockHash.value().prefix)
    }

    private func sizeProblem(_ entry: (name: ObjectName, size: UInt64)) -> MediumProblem? {
        do {
            guard let size = try store.size(of: entry.name) else { return .missing }
            return UInt64(clamping: size) == entry.size ? nil : .otherSize(UInt64(clamping: size), wanted: entry.size)
        } catch { return .unreadable((error as? Failure)?.message ?? "\(error)") }
    }

    /// Reads a piece, or makes it zeros.
    private func fill(_ piece: UnsafeMutableRawBufferPointer, _ name: ObjectName, at offset: UInt64) -> MediumProblem? {
        var (count, problem): (Int, MediumProblem?) = (0, nil)
        do {
            count = try store.read(name, at: Int64(offset), into: piece)
        } catch {
            let failure = error as? Failure
            problem = failure?.code == .objectMissing ? .missing : .unreadable(failure?.message ?? "\(error)")
        }
        if count < piece.count {
            UnsafeMutableRawBufferPointer(rebasing: piece[count...]).initializeMemory(as: UInt8.self, repeating: 0)
        }
        return problem
    }

    /// What the system keeps in memory says nothing about the medium.
    private func forget(_ name: ObjectName) {
        let fd = sh_open_read(AT_FDCWD, store.path(of: name))
        guard fd >= 0 else { return }
        sh_drop_cache(fd, 0, 0)
        close(fd)
    }
}

/// What is wrong with something on a medium.
package enum MediumProblem: Error, Sendable, Equatable {
    case missing
    case otherSize(UInt64, wanted: UInt64)
    case otherBytes
    case unreadable(String)

    package var text: String {
        switch self {
        case .missing: "is missing"
        case .otherSize(let size, let wanted): "has \(size) bytes where it should have \(wanted)"
        case .otherBytes: "has other bytes than it should have"
        case .unreadable(let reason): "cannot be read: \(reason)"
        }
    }
}
