import Archive
import Primitives
import RepositoryEngine
import Strategy

/// Where the entries of a component's snapshot stand in an export.
struct ComponentLayout: Sendable {
    let component: ChosenComponent
    let snapshot: OpenedSnapshot
    /// What is left out of every path, as the listing has paths.
    let parent: [UInt8]
    /// TIMESTAMP, which everything lies in.
    let top: [UInt8]

    init(_ component: ChosenComponent, stamp: String, in opened: OpenedRepository) throws {
        self.component = component
        snapshot = try opened.open(component.snapshot)
        parent = try StrippedParent.of(snapshot)
        top = Array(stamp.utf8)
    }

    /// Below TIMESTAMP; nil for what lies above the component's own directory. The directory itself is FOLDER.
    func place(_ path: [UInt8]) -> [UInt8]? {
        guard PathOrder.isInside(path, parent) else { return nil }
        let rest = path.dropFirst(parent.isEmpty ? 0 : parent.count + 1)
        let folder = Array(component.folder.description.utf8)
        return rest.isEmpty ? folder : folder + [0x2F] + rest
    }

    func forEachRecord(_ body: (inout ListingRecord, ListingBlockDecoder) throws -> Void) throws {
        var sequence = RecordSequence()
        var reader = snapshot.listing()
        try reader.forEachRecord(below: snapshot.root) { record, block in
            if let problem = sequence.problem(of: record) {
                throw Failure.damaged(
                    "The listing of '\(component.name)'",
                    "has an entry /\(String(decoding: record.path, as: UTF8.self)) of which is true: \(problem)")
            }
            try body(&record, block)
            return true
        }
    }
}

/// What becomes of an entry of a snapshot in an archive.
struct EntryTranslation {
    enum Outcome {
        case entry(ArchiveEntry)
        /// A tar file has no word for it.
        case socket
        /// It could not be read when it was backed up.
        case unreadable
    }

    private struct Inode: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private let layout: ComponentLayout
    private var groups: [Inode: (first: [UInt8], left: UInt64)] = [:]
    private var user: (id: UInt32, name: String)?
    private var group: (id: UInt32, name: String)?

    init(_ layout: ComponentLayout) { self.layout = layout }

    mutating func outcome(of record: ListingRecord, at place: [UInt8], _ owners: [OwnerName]) -> Outcome {
        if record.flags.contains(.unreadable) { return .unreadable }
        if record.kind == .socket { return .socket }
        let path = layout.top + [0x2F] + place
        var entry = ArchiveEntry(path: path, kind: kind(record))
        if record.flags.contains(.hardLinked), let first = firstName(record, path) { entry.kind = .hardLink(to: first) }
        entry.mode = record.mode & 0o7777
        (entry.uid, entry.gid) = (record.uid, record.gid)
        entry.user = name(record.uid, isGroup: false, owners, &user)
        entry.group = name(record.gid, isGroup: true, owners, &group)
        (entry.seconds, entry.nanoseconds) = (record.mtime.seconds, record.mtime.nanoseconds)
        if record.flags.contains(.extendedAttributes) {
            entry.attributes = record.attributes.map { .init(name: $0.name, value: $0.value) }
        }
        guard entry.kind == .file else { return .entry(entry) }
        entry.size = record.size
        if record.flags.contains(.holes) {
            entry.extents = record.extents.map { .init(offset: $0.offset, count: $0.count) }
        }
        return .entry(entry)
    }

    private func kind(_ record: ListingRecord) -> ArchiveEntry.Kind {
        switch record.kind {
        case .directory: .directory
        case .file, .socket: .file
        case .symbolicLink: .symbolicLink(to: record.target)
        case .fifo: .fifo
        case .characterDevice: .characterDevice(major: record.deviceMajor, minor: record.deviceMinor)
        case .blockDevice: .blockDevice(major: record.deviceMajor, minor: record.deviceMinor)
        }
    }

    /// Nil for the first of several names. What has all its names is forgotten.
    private mutating func firstName(_ record: ListingRecord, _ path: [UInt8]) -> [UInt8]? {
        let inode = Inode(device: record.device, inode: record.inode)
        guard let known = groups[inode] else {
            if record.linkCount > 1 { groups[inode] = (path, record.linkCount - 1) }
            return nil
        }
        groups[inode] = known.left == 1 ? nil : (known.first, known.left - 1)
        return known.first
    }

    private func name(
        _ id: UInt32, isGroup: Bool, _ owners: [OwnerName], _ last: inout (id: UInt32, name: String)?
    ) -> String {
        if let last, last.id == id { return last.name }
        let name = owners.first { $0.isGroup == isGroup && $0.id == id }?.name ?? ""
        if !name.isEmpty { last = (id, name) }
        return name
    }
}
