import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Records that come in any order and go in the order of their paths. What memory has no room for lies in files without names meanwhile, sealed
/// with a key that nobody keeps.
final class SortedRecords {
    private static let blockRecords = 256
    private static let mostRecords = 16 << 10
    private static let mostSlices = 256 << 10

    private let folder: String
    private let key = SecretBytes.random(count: 32)
    private var records: [ListingRecord] = []
    private var slices = 0
    private var runs: [SortedRun] = []

    /// Files lie in `folder` for a moment; their names tell this process.
    init(folder: String) { self.folder = folder }

    func append(_ record: ListingRecord) throws {
        records.append(record)
        slices += record.slices.count
        if records.count >= Self.mostRecords || slices >= Self.mostSlices { try spill() }
    }

    private func sort() { records.sort { PathOrder.compare($0.path, $1.path) < 0 } }

    private func spill() throws {
        sort()
        let path = "\(folder)/sorted.\(getpid()).\(HostCaches.nextNumber())"
        unlink(path)
        defer { unlink(path) }
        let writer = try SealedFile.Writer(path: path, cacheKey: key)
        var encoder = ListingBlockEncoder()
        for (number, record) in records.enumerated() {
            encoder.append(record) { _, _ in nil }
            if (number + 1) % Self.blockRecords == 0 || number + 1 == records.count {
                try writer.append(encoder.finish())
            }
        }
        try writer.flush()
        guard let reader = SealedFile.Reader(path: path, cacheKey: key) else { throw Self.lost }
        runs.append(SortedRun(reader, count: records.count))
        records.removeAll(keepingCapacity: true)
        slices = 0
    }

    fileprivate static let lost = Failure(
        .stateUnusable, "What was laid by of this backup cannot be read any more.",
        advice: "Look whether the disk of the state directory is full or failing, and run the backup again.")

    /// All of them, once.
    func forEach(_ body: (ListingRecord) throws -> Void) throws {
        sort()
        for run in runs { try run.advance() }
        var next = 0
        while true {
            var first: SortedRun?
            for run in runs where !run.isOver {
                if let best = first, PathOrder.compare(best.record.path, run.record.path) <= 0 { continue }
                first = run
            }
            let memory = next < records.count ? records[next] : nil
            if let run = first, memory.map({ PathOrder.compare(run.record.path, $0.path) <= 0 }) ?? true {
                try body(run.record)
                try run.advance()
            } else if let memory {
                try body(memory)
                next += 1
            } else {
                return
            }
        }
    }
}

/// Sorted records in a file.
private final class SortedRun {
    private let reader: SealedFile.Reader
    private var decoder: ListingBlockDecoder?
    private var left: Int
    private(set) var record = ListingRecord()
    private(set) var isOver = false

    init(_ reader: SealedFile.Reader, count: Int) { (self.reader, left) = (reader, count) }

    func advance() throws {
        guard left > 0 else {
            isOver = true
            return
        }
        left -= 1
        while true {
            if var current = decoder {
                decoder = nil
                let isFilled = try current.next(&record)
                decoder = current
                if isFilled { return }
            }
            guard let block = reader.next() else { throw SortedRecords.lost }
            record = ListingRecord()
            decoder = try ListingBlockDecoder(block)
        }
    }
}
