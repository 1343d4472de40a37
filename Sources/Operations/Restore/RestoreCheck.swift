import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Reads back what was restored and compares it with the digests of the listing, on all processors.
struct RestoreCheck {
    private struct File: Sendable {
        var destination: [UInt8]
        var source: [UInt8]
        var size: UInt64
        var digest: Digest32
    }

    let engine: SnapshotReader
    let tree: TargetTree
    let ledger: RestoreLedger

    func run(_ chosen: Selection) throws {
        let queue = BoundedQueue<[File]>(capacity: 64)
        let threads = WorkerThreads()
        for _ in 0..<WorkerThreads.processorCount {
            threads.start { [tree, ledger] in
                while let files = queue.pop() { Self.check(files, tree, ledger) }
            }
        }
        defer {
            queue.close()
            threads.joinAll()
        }
        var selection = chosen
        var batch: [File] = []
        var listing = ListingReader(chunks: engine.chunkReader())
        try listing.forEachRecord(below: engine.description.root, where: { chosen.mayHold($0) }, damaged: { _, _ in }) {
            record, _ in
            let wanted = selection.wants(record.path)
            guard wanted, record.kind == .file, !record.flags.contains(.unreadable),
                let destination = selection.destination(record.path)
            else { return true }
            batch.append(File(destination: destination, source: record.path, size: record.size, digest: record.digest))
            if batch.count == 64 {
                try ledger.checkpoint()
                queue.push(batch)
                batch = []
            }
            return true
        }
        if !batch.isEmpty { queue.push(batch) }
    }

    private static func check(_ files: [File], _ tree: TargetTree, _ ledger: RestoreLedger) {
        var open: (path: [UInt8], handle: DirectoryHandle)?
        var good: UInt64 = 0
        for file in files where !ledger.isStopping {
            let destination =
                file.destination.isEmpty
                ? file.source.split(separator: 0x2F).last.map { Array($0) } ?? [] : file.destination
            let slash = destination.lastIndex(of: 0x2F)
            let parent = slash.map { Array(destination[..<$0]) } ?? []
            if open?.path != parent { open = (try? tree.openDirectory(parent)).map { (parent, $0) } }
            let name = slash.map { Array(destination[($0 + 1)...]) } ?? destination
            if let open, ExistingEntries.digest(of: name, in: open.handle) == file.digest {
                good += 1
            } else {
                ledger.mismatch(file.source)
            }
        }
        ledger.count { [good] in $0.verified += good }
    }
}

extension RestoreLedger {
    /// A file that reads back otherwise than it was backed up; one that has a problem already is not named twice.
    func mismatch(_ path: [UInt8]) {
        guard !hasProblem(path) else { return }
        problem(path, .unwritable, "what was read back from the target is not what was backed up")
    }
}
