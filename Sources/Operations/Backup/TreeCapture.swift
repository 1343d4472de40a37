import Anomaly
import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// Walks the trees beside the previous listing and writes the new one: unchanged entries are taken over, the content of others goes
/// through the pipeline, and records come out in the order of their paths however long each takes.
final class TreeCapture {
    private static let windowLimit = 12 << 10

    private enum Waiting {
        case entry(PendingEntry)
        case record(ListingRecord)
        /// Another name of a file whose first name stands before it in the listing.
        case link(ListingRecord, to: PendingEntry)
    }

    struct Totals {
        var files: UInt64 = 0
        var directories: UInt64 = 0
        var others: UInt64 = 0
        var contentBytes: UInt64 = 0
        var filesTakenOver: UInt64 = 0
    }

    private let session: BackupSession
    private let pipeline: ContentPipeline
    private let nodes: NodeReader
    private let listing: ListingWriter
    private let previous: PreviousListing?
    private let checksChunks: Bool
    private let repositoryPath: [UInt8]?
    /// Of this host's state.
    private let folder: String
    private(set) var totals = Totals()
    private let tally: ChangeTally

    private var window: [Waiting?] = []
    private var head = 0
    private var bundle: [PendingEntry] = []
    private var bundleBytes = 0
    private var currentRoot: SourceRoot?
    /// First members of hard-link groups that are not complete yet: the rest take over their content.
    private var links: [LinkKey: (entry: PendingEntry, left: UInt64)] = [:]

    private struct LinkKey: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    /// `checksChunks` is set when packs are missing from the store: then an unchanged file is taken over only if its chunks are there.
    init(
        session: BackupSession, pipeline: ContentPipeline, listing: ListingWriter, previous: PreviousListing?,
        checksChunks: Bool,
        repositoryPath: [UInt8]?, folder: String
    ) {
        self.session = session
        self.pipeline = pipeline
        nodes = NodeReader(pipeline: pipeline)
        self.listing = listing
        self.previous = previous
        self.checksChunks = checksChunks
        self.repositoryPath = repositoryPath
        self.folder = folder
        tally = ChangeTally(isCompared: previous != nil)
        previous?.passedOver = { [tally] in tally.removed($0) }
    }

    func run() throws {
        let exclusions = try ExclusionPatterns(lines: session.options.exclusions)
        var walkOptions = WalkOptions(
            exclusions: exclusions, oneFileSystem: session.options.oneFileSystem,
            excludeCaches: session.options.excludeCaches,
            omitted: repositoryPath)
        walkOptions.guarded = session.options.guarded?.files ?? []
        var lastAncestors: [UInt8] = []
        for root in BackupPaths.captured(session.options) {
            try captureAncestors(of: root, after: &lastAncestors)
            if let stream = root.stream {
                try capture(stream, at: root.path)
            } else if let tree = root.tree {
                try takeIn(tree, at: root.path)
            } else {
                try walk(root.path, walkOptions)
            }
        }
        try submitBundle()
        try drain(all: true)
    }

    /// How the trees differ from the listing before, once the new one is written.
    func signals() -> SnapshotSignals {
        previous?.passRest()
        return tally.finish(files: totals.files, pipeline.counters)
    }

    private func walk(_ root: [UInt8], _ options: WalkOptions) throws {
        var status = sh_stat()
        let result = SystemPath(root).withPointer { path, count in
            count < 4000
                ? sh_statx(AT_FDCWD, path, &status)
                : PathOpening.stepping(path, count) { sh_statx($0, $1, &status) }
        }
        guard result == 0 else { throw BackupPaths.missing(root, -result) }
        if options.guarded.contains(FileNumber(status)) { try session.options.guarded?.require(outside: [0x2F] + root) }
        let place = SourceRoot(path: root, isDirectory: status.mode & S_IFMT == S_IFDIR)
        currentRoot = place
        let walk = TreeWalk(root: place, status: status, options: options)
        try walk.forEach(
            problem: { problem in
                let kind: EntryProblem.Kind = NodeReader.isGone(problem.number) ? .vanished : .unreadable
                pipeline.report(problem.path, kind, String(cString: strerror(problem.number)))
            },
            { path, status in try capture(path, status) })
    }

    /// A file of this moment and of nobody else's business, whose content is still to come.
    private func capture(_ stream: StreamedFile, at path: [UInt8]) throws {
        pipeline.counters.entries.add(1)
        var record = ListingRecord()
        record.path = path
        record.kind = .file
        record.mode = 0o600
        (record.uid, record.gid) = (geteuid(), getegid())
        let began = session.began.nanoseconds
        record.mtime = FileTime(seconds: began / 1_000_000_000, nanoseconds: UInt32(began % 1_000_000_000))
        record.linkCount = 1
        let entry = PendingEntry(record: record, status: sh_stat(), root: nil)
        entry.before = path.withUnsafeBytes { before($0) }
        try pipeline.submit(.stream(entry, stream.source))
        try push(.entry(entry))
    }

    /// A tree in whatever order it comes.
    private func takeIn(_ tree: StreamedTree, at path: [UInt8]) throws {
        try submitBundle()
        try drain(all: true)
        var intake = TreeIntake(path, pipeline: pipeline, folder: folder)
        try intake.take(tree.source) { record in
            count(record.kind, record.size)
            let isListed =
                previous.map { previous in record.path.withUnsafeBytes { previous.advance(to: $0) } } ?? false
            tally.arrived(record, before: isListed ? previous?.record : nil)
            if let previous, isListed, previous.record == record {
                try listing.takeOver(from: previous)
            } else {
                try listing.append(record)
            }
        }
    }

    /// Directories above a root are recorded, so that a restore to absolute paths can make them.
    private func captureAncestors(of root: CaptureRoot, after last: inout [UInt8]) throws {
        for (index, byte) in root.path.enumerated() where byte == 0x2F {
            let path = Array(root.path[..<index])
            if PathOrder.isInside(last, path) { continue }
            var status = sh_stat()
            if SystemPath(path).withPointer({ pointer, _ in sh_statx(AT_FDCWD, pointer, &status) }) != 0 {
                guard !root.isOnDisk else { continue }
                // A stream's directory need not be anywhere but in the snapshot.
                status = sh_stat()
                (status.mode, status.uid, status.gid) = (UInt32(S_IFDIR | 0o755), geteuid(), getegid())
            }
            var record = path.withUnsafeBytes { ListingRecord(path: $0, status: status, began: session.began) }
            // A link on the way to the root is a directory to whoever restores below it.
            record.kind = .directory
            record.flags = .ancestor
            nodes.readAncestor(&record)
            // Their times change with every neighbour that comes and goes, and nobody wants them back.
            (record.mtime, record.ctime) = (.zero, .zero)
            if let previous, path.withUnsafeBytes({ previous.advance(to: $0) }), previous.record == record,
                head == window.count
            {
                try listing.takeOver(from: previous)
            } else {
                try push(.record(record))
            }
        }
        last = root.path
    }

    private func capture(_ path: UnsafeRawBufferPointer, _ status: sh_stat) throws {
        pipeline.counters.entries.add(1)
        if pipeline.counters.entries.now & 0x3FF == 0 { try pipeline.check() }
        if let previous {
            let isListed = previous.advance(to: path)
            if isListed, session.options.mode == .incremental || status.mode & S_IFMT != S_IFREG,
                previous.isUnchanged(status),
                try hasAllChunks(previous)
            {
                return try takeOver(previous)
            }
        }
        try captureAnew(path, status, before(path))
    }

    private func before(_ path: UnsafeRawBufferPointer) -> PendingEntry.Before {
        guard let previous else { return .unknown }
        return previous.advance(to: path) && previous.kind == .file ? .content(previous.record.digest) : .absent
    }

    private func hasAllChunks(_ previous: PreviousListing) throws -> Bool {
        guard checksChunks else { return true }
        let record = previous.record
        if record.flags.contains(.contentList) { return false }
        let known = try session.memory.content()
        return record.slices.allSatisfy { slice in
            // One that is a delta by now needs bases, which the record does not name.
            if case .whole = known.form(of: slice.id) { true } else { false }
        }
    }

    private func takeOver(_ previous: PreviousListing) throws {
        let (kind, size) = (previous.kind, previous.size)
        count(kind, size)
        if kind == .file {
            totals.filesTakenOver += 1
            if let versions = session.versions, size >= VersionCache.fewestBytes {
                versions.keep(previous.record.path)
            }
            pipeline.counters.takenOverBytes.add(Int(clamping: size))
        }
        if head == window.count { return try listing.takeOver(from: previous) }
        try push(.record(previous.record))
    }

    private func count(_ kind: EntryKind, _ size: UInt64) {
        switch kind {
        case .file:
            totals.files += 1
            totals.contentBytes &+= size
        case .directory: totals.directories += 1
        default: totals.others += 1
        }
    }

    private func captureAnew(_ path: UnsafeRawBufferPointer, _ status: sh_stat, _ before: PendingEntry.Before) throws {
        guard let kind = EntryKind(mode: status.mode) else { return }
        var record = ListingRecord(path: path, status: status, began: session.began)
        if kind == .file { return try captureFile(record, status, before) }
        guard nodes.complete(&record, below: currentRoot) else { return }
        count(kind, 0)
        try push(.record(record))
    }

    private func captureFile(_ record: ListingRecord, _ status: sh_stat, _ before: PendingEntry.Before) throws {
        if record.flags.contains(.hardLinked), let first = takeLinkedContent(record) {
            return try push(.link(record, to: first))
        }
        let entry = PendingEntry(record: record, status: status, root: currentRoot)
        entry.before = before
        if case .absent = before { tally.added(entry) }
        if record.flags.contains(.hardLinked) {
            links[LinkKey(device: record.device, inode: record.inode)] = (entry, record.linkCount - 1)
        }
        if status.size <= UInt64(Bundle.maximumFile),
            !(status.size > 4096 && status.blocks &* 512 &+ 4096 <= status.size)
        {
            try addToBundle(entry)
        } else {
            try pipeline.submit(.large(entry))
        }
        try push(.entry(entry))
    }

    /// The entry of the first name of the same file.
    private func takeLinkedContent(_ record: ListingRecord) -> PendingEntry? {
        let key = LinkKey(device: record.device, inode: record.inode)
        guard var group = links[key] else { return nil }
        group.left -= 1
        links[key] = group.left == 0 ? nil : group
        return group.entry
    }

    // MARK: Bundles

    private func addToBundle(_ entry: PendingEntry) throws {
        bundle.append(entry)
        bundleBytes += Int(entry.status.size)
        if bundleBytes + Bundle.maximumFile > Bundle.maximumBytes || bundle.count >= Bundle.maximumFiles {
            try submitBundle()
        }
    }

    private func submitBundle() throws {
        guard !bundle.isEmpty else { return }
        try pipeline.submit(.bundle(bundle))
        bundle.removeAll(keepingCapacity: true)
        bundleBytes = 0
    }

    // MARK: The window

    private func push(_ waiting: Waiting) throws {
        window.append(waiting)
        try drain(all: false)
    }

    /// Writes records from the head of the window as far as they are ready, and waits only when the window is full.
    private func drain(all: Bool) throws {
        while head < window.count, let next = window[head] {
            switch next {
            case .record(let record):
                try listing.append(record)
            case .entry(let entry):
                if !entry.isResolved {
                    guard all || window.count - head >= Self.windowLimit else { return compact() }
                    try submitBundle()
                    try pipeline.wait(for: entry)
                }
                if !entry.isDropped {
                    tally.settled(entry)
                    try append(entry.record)
                }
            case .link(let record, let first):
                // The first name was drained before this one.
                if first.isDropped {
                    pipeline.report(record.path, .vanished, "it disappeared before it was read")
                } else {
                    var linked = first.record
                    linked.path = record.path
                    try append(linked)
                }
            }
            window[head] = nil
            head += 1
        }
        compact()
    }

    /// Files are counted as they were read, not as they looked before.
    private func append(_ file: ListingRecord) throws {
        count(.file, file.size)
        try listing.append(file)
    }

    private func compact() {
        if head == window.count {
            window.removeAll(keepingCapacity: true)
            head = 0
        } else if head > Self.windowLimit {
            window.removeFirst(head)
            head = 0
        }
    }
}
