import Primitives
import RepositoryEngine
import Sealing

/// Goes through the records of a listing in order, makes directories, and plans all else in windows of bounded size.
final class RestorePlanner {
    private static let bytesPerWindow = 4 << 20

    private struct LinkGroup {
        var first: [UInt8]
        var left: UInt64
    }

    private struct Inode: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private let options: RestoreOptions
    private let ledger: RestoreLedger
    let crew: RestoreCrew?
    private let existing: ExistingEntries
    let locator: ChunkLocator
    private let directoriesPerWindow: Int
    /// A rehearsal hands in no windows.
    var entriesPerWindow: Int { crew?.reach.entriesPerWindow ?? .max }
    var piecesPerWindow: Int { crew?.reach.piecesPerWindow ?? .max }
    private var selection: Selection
    var contents: ListingReader
    var stack: DirectoryStack
    private var groups: [Inode: LinkGroup] = [:]
    var window = RestoreWindow()
    private var windowNumber = 0
    private var windowBytes = 0
    var chunkOrdinals: [ChunkID: Int] = [:]
    private var nextNumber: UInt32 = 0
    private var sequence = RecordSequence()
    let restored = RestoredContents()

    /// Without a crew nothing is done: a rehearsal.
    init(
        options: RestoreOptions, selection: Selection, tree: TargetTree, ledger: RestoreLedger, crew: RestoreCrew?,
        locator: ChunkLocator,
        contents: consuming ListingReader, fileLimit: Int
    ) {
        self.options = options
        self.selection = selection
        self.ledger = ledger
        self.crew = crew
        self.locator = locator
        self.contents = contents
        existing = ExistingEntries(options: options, metadata: MetadataWriter(tree: tree, ledger: ledger))
        directoriesPerWindow = max(32, min(crew?.reach.directoriesPerWindow ?? .max, (fileLimit - 128) / 4))
        stack = DirectoryStack(tree: tree, ledger: ledger, options: options)
    }

    var matchedAnything: Bool { selection.matched || selection.selectsAll }

    func accept(_ record: ListingRecord) throws {
        try ledger.checkpoint()
        guard isAcceptable(record), !isLeftOut(record.path) else { return }
        while stack.depth > 1, !PathOrder.isInside(record.path, stack[stack.depth - 1].source) { try close() }
        guard var destination = selection.destination(record.path) else { return }
        if destination.isEmpty, record.kind != .directory {
            destination = record.path.split(separator: 0x2F).last.map { Array($0) } ?? []
        }
        nameRoot(record.path, destination)
        if record.kind == .directory { return try acceptDirectory(record, destination) }
        guard selection.wants(record.path) else { return }
        pushMissing(parentOf: destination, record.path)
        guard try stack.materialize() else {
            return ledger.problem(record.path, .unwritable, "its directory could not be made")
        }
        try plan(record, destination)
        if isFull { try flush() }
    }

    private func isLeftOut(_ path: [UInt8]) -> Bool {
        !options.leftOut.isEmpty && options.leftOut.contains { PathOrder.isInside(path, $0) }
    }

    /// What is stripped comes right under the target, which then stands for the directory that it was in; messages name that one.
    private func nameRoot(_ path: [UInt8], _ destination: [UInt8]) {
        guard stack.depth == 1, !destination.contains(0x2F), !destination.isEmpty else { return }
        let parent = path.lastIndex(of: 0x2F).map { Array(path[..<$0]) } ?? []
        if stack[0].source != parent {
            stack[0].source = parent
            stack[0].window = -1
        }
    }

    /// Names that lead out of the target, or come out of order, are forged or damaged.
    private func isAcceptable(_ record: ListingRecord) -> Bool {
        guard let problem = sequence.problem(of: record) else { return true }
        if !record.path.isEmpty { ledger.problem(record.path, .damaged, problem) }
        return false
    }

    private func acceptDirectory(_ record: ListingRecord, _ destination: [UInt8]) throws {
        // Ancestors of a backed-up path keep their own metadata where the target is the root of the system itself.
        let keepsOwn = record.flags.contains(.ancestor) && (options.target == "/" || destination.isEmpty)
        let metadata = keepsOwn ? nil : Metadata(record)
        let wanted = selection.wants(record.path)
        if destination.isEmpty {
            stack[0].source = record.path
            if wanted { stack[0].metadata = metadata }
            if wanted, crew != nil, let handle = stack[0].handle { MetadataWriter.openUp(handle, metadata) }
            return
        }
        pushMissing(parentOf: destination, record.path)
        stack.push(path: destination, source: record.path, metadata: metadata)
        if wanted, try stack.materialize(), isFull { try flush() }
    }

    /// Directories whose records are lost with a damaged part of the listing.
    private func pushMissing(parentOf destination: [UInt8], _ source: [UInt8]) {
        let parent = destination.lastIndex(of: 0x2F).map { Array(destination[..<$0]) } ?? []
        let known = stack[stack.depth - 1].path
        guard parent != known, PathOrder.isInside(parent, known) else { return }
        let above = source.count - destination.count
        let starts = parent.indices.filter { $0 > known.count && parent[$0] == 0x2F } + [parent.count]
        for end in starts {
            stack.push(path: Array(parent[..<end]), source: Array(source[..<max(0, end + above)]), metadata: nil)
        }
    }

    private func close() throws {
        let level = stack.pop()
        guard level.state == .ready, crew != nil, level.metadata != nil else { return }
        window.closed.append(
            ClosedDirectory(handle: level.handle, path: level.path, source: level.source, metadata: level.metadata))
        if isFull { try flush() }
    }

    // MARK: - Entries

    private func plan(_ record: ListingRecord, _ destination: [UInt8]) throws {
        if record.flags.contains(.unreadable) {
            return ledger.problem(
                record.path, .unreadable,
                "it could not be read when it was backed up, so there is no content to restore")
        }
        let name = destination.lastIndex(of: 0x2F).map { Array(destination[($0 + 1)...]) } ?? destination
        if record.flags.contains(.hardLinked), try link(record, destination, name) { return }
        guard stack[stack.depth - 1].state == .ready else { return try make(record, name, replaces: false) }
        switch existing.disposition(of: record, name, in: try stack.handle(stack.depth - 1)) {
        case .make(let replaces): try make(record, name, replaces: replaces)
        case .keep: ledger.count(entries: 1, bytes: record.size) { $0.unchanged += 1 }
        case .skip: ledger.count(entries: 1) { $0.skipped += 1 }
        case .refuse(let reason): ledger.problem(record.path, .unwritable, reason)
        }
    }

    /// True when the record is a further name of a file that was planned before.
    private func link(_ record: ListingRecord, _ destination: [UInt8], _ name: [UInt8]) throws -> Bool {
        let inode = Inode(device: record.device, inode: record.inode)
        guard var group = groups[inode] else {
            if record.linkCount > 1 { groups[inode] = LinkGroup(first: destination, left: record.linkCount - 1) }
            return false
        }
        group.left -= 1
        groups[inode] = group.left == 0 ? nil : group
        guard crew != nil else {
            ledger.count(entries: 1) { $0.hardLinks += 1 }
            return true
        }
        let directory = try ordinalOfDirectory()
        window.links.append(
            LinkTask(directory: directory, name: name, first: group.first, number: number(), replaces: false))
        windowBytes += group.first.count + name.count
        return true
    }

    private func make(_ record: ListingRecord, _ name: [UInt8], replaces: Bool) throws {
        guard crew != nil else {
            return ledger.count(entries: 1, bytes: record.size) { summary in
                if record.kind == .file { summary.files += 1 } else { summary.others += 1 }
                summary.bytes += record.size
            }
        }
        var entry = EntryTask(
            directory: try ordinalOfDirectory(), name: window.names.count, nameCount: name.count, kind: record.kind,
            replaces: replaces,
            number: number(), size: record.size, metadata: Metadata(record), shared: nil, copy: nil)
        let isPlain = record.kind != .file || (record.size == 0 && record.slices.isEmpty)
        if !isPlain, let slice = record.slices.first, record.slices.count == 1, UInt64(slice.count) == record.size,
            record.flags.isDisjoint(with: [.contentList, .holes])
        {
            entry.copy = copySource(of: slice, record, name)
            if entry.copy != nil {
                window.plain.append(window.entries.count)
                return append(entry, name)
            }
            guard let chunk = place(slice) else {
                return ledger.problem(
                    record.path, .damaged, "the chunk \(slice.id.hex.prefix(16)) is in no pack that the index knows")
            }
            window.pieces.append(
                Piece(
                    entry: window.entries.count, chunk: chunk, chunkOffset: slice.offset, count: slice.count,
                    fileOffset: 0))
            append(entry, name)
        } else if isPlain {
            window.plain.append(window.entries.count)
            append(entry, name)
        } else {
            entry.shared = SharedFile()
            try planPieces(of: record, entry, name)
        }
    }

    func append(_ entry: EntryTask, _ name: [UInt8]) {
        var entry = entry
        entry.name = window.names.count
        window.names.append(contentsOf: name)
        window.names.append(0)
        if let rare = entry.metadata.rare {
            windowBytes += rare.attributes.reduce(rare.target.count + rare.extents.count * 16) {
                $0 + $1.name.count + $1.value.count
            }
        }
        window.entries.append(entry)
    }

    func number() -> UInt32 {
        nextNumber &+= 1
        return nextNumber
    }

    /// Where the current window has the directory that the listing is in.
    func ordinalOfDirectory() throws -> Int {
        let level = stack.depth - 1
        if stack[level].window == windowNumber { return stack[level].ordinal }
        window.directories.append(.init(handle: try stack.handle(level), source: stack[level].source))
        stack[level].window = windowNumber
        stack[level].ordinal = window.directories.count - 1
        return window.directories.count - 1
    }

    private var isFull: Bool {
        window.entries.count >= entriesPerWindow || window.pieces.count >= piecesPerWindow
            || window.directories.count + window.closed.count >= directoriesPerWindow
            || window.links.count >= entriesPerWindow
            || windowBytes + window.names.count >= Self.bytesPerWindow
    }

    func flush() throws {
        defer {
            window = RestoreWindow()
            windowNumber += 1
            windowBytes = 0
            chunkOrdinals.removeAll(keepingCapacity: true)
        }
        guard let crew, !window.isEmpty else { return }
        window.arrange(crew.reach)
        try crew.submit(window)
    }

    /// Everything was accepted.
    func finish() throws {
        while stack.depth > 1 { try close() }
        if let metadata = stack[0].metadata, crew != nil {
            window.closed.append(
                ClosedDirectory(handle: stack[0].handle, path: [], source: stack[0].source, metadata: metadata))
        }
        try flush()
        try crew?.drain()
    }
}
