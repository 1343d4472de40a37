import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine

/// Takes in a tree that arrives as one stream: content goes into chunks as it comes, records wait, sorted, until all are there.
struct TreeIntake {
    /// Files whose chunks may be on their way to the store at once.
    private static let mostPending = 1024
    private static let waitMilliseconds = 200
    /// One reader fills them: enough for every processor while a pack goes to the disk.
    private static let mostBuffers = 5

    private let pipeline: ContentPipeline
    private let root: [UInt8]
    private let records: SortedRecords
    private var pending: [PendingEntry] = []

    /// `root` is the tree's own path as listings have it.
    init(_ root: [UInt8], pipeline: ContentPipeline, folder: String) {
        (self.root, self.pipeline) = (root, pipeline)
        records = SortedRecords(folder: folder)
        pipeline.buffers.keep(within: Self.mostBuffers)
    }

    /// Reads all of `tree`, which is whole or fails, and gives its records in the order of a listing, its root's first.
    mutating func take(_ tree: any TreeSource, _ body: (ListingRecord) throws -> Void) throws {
        do {
            let reading = try tree.open()
            defer { reading.abandon() }
            try take(reading)
        } catch let failure as StreamFailure {
            throw Failure(failure, about: "'\(String(decoding: root, as: UTF8.self))' could not be made")
        }
        try settle()
        var last: [UInt8] = []
        try records.forEach { record in
            guard record.path != last else {
                throw Failure(
                    .streamFailed, "/\(String(decoding: last, as: UTF8.self)) came twice.",
                    advice: "Nothing was kept of it; run it again, and look into the server's log if it stays so.")
            }
            last = record.path
            try body(record)
        }
    }

    private mutating func take(_ reading: any TreeReading) throws {
        let reader = ContentReader(pipeline: pipeline)
        var top = ListingRecord()
        (top.path, top.kind, top.mode) = (root, .directory, 0o700)
        (top.uid, top.gid) = (geteuid(), getegid())
        try records.append(top)
        while true {
            try pipeline.check()
            switch try reading.next(waiting: Self.waitMilliseconds) {
            case .waiting: continue
            case .end: return try heed(try reading.finish())
            case .entry(let entry): try take(entry, reading, reader)
            }
        }
    }

    private mutating func take(_ arrived: ArrivedEntry, _ reading: any TreeReading, _ reader: borrowing ContentReader)
        throws
    {
        pipeline.counters.entries.add(1)
        var record = ListingRecord()
        record.path = root + [0x2F] + arrived.path
        record.mode = arrived.mode
        (record.uid, record.gid) = (arrived.uid, arrived.gid)
        record.mtime = FileTime(seconds: arrived.modified, nanoseconds: 0)
        switch arrived.kind {
        case .directory:
            record.kind = .directory
            try records.append(record)
        case .link(let target):
            (record.kind, record.target) = (.symbolicLink, target)
            try records.append(record)
        case .file(let size):
            record.kind = .file
            let entry = PendingEntry(record: record, status: sh_stat(), root: nil)
            var content: any StreamReading = ArrivedFile(reading: reading)
            let (taken, digest) = try reader.readWhole(&content, entry, size: size, isPaged: arrived.isPaged)
            try reading.took(taken, digest)
            pending.append(entry)
            if pending.count >= Self.mostPending { try settle() }
        }
    }

    private mutating func settle() throws {
        for entry in pending {
            try pipeline.wait(for: entry)
            try records.append(entry.record)
        }
        pending.removeAll(keepingCapacity: true)
    }

    private func heed(_ verdict: TreeVerdict) throws {
        for said in verdict.remarks { pipeline.observer.warning(said) }
        for (path, reason) in verdict.damaged { pipeline.report(root + [0x2F] + path, .damaged, reason) }
    }
}

/// The file of a tree that is arriving, as a stream of its own.
private struct ArrivedFile: StreamReading {
    let reading: any TreeReading

    mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure)
        -> Int?
    { try reading.read(into: room, waiting: milliseconds) }

    mutating func finish() throws(StreamFailure) -> [String] { [] }
    mutating func abandon() {}
}
