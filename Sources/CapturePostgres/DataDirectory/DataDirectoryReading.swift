import Capture
import Glibc
import Primitives
import Strategy
import WriteAheadLog

/// A base backup that is read from the data directory itself, while the server keeps it fit for that.
final class DataDirectoryReading: TreeReading {
    private enum Phase { case starting, files, control, stopping, made, over }

    /// A file whose content is in memory.
    private struct Made {
        var entry: ArrivedEntry
        var content: [UInt8]
    }

    private let plan: BaseBackupPlan
    private let label: String
    private let clock: WallClock
    private let started: Timestamp
    private let backup: OnlineBackup
    private var walk: DataDirectoryWalk
    private var phase = Phase.starting
    private var start = LogSequenceNumber(0)
    private var manifest: ManifestWriter
    private var made: [Made] = []
    /// What is to be given before the walk goes on.
    private var found: DataDirectoryWalk.Found?
    private var hasTablespaces = false
    /// Of the data directory.
    private var owner: (uid: UInt32, gid: UInt32) = (geteuid(), getegid())

    private var current: DataDirectoryWalk.Found?
    private var content: ArraySlice<UInt8>?
    private var offset: UInt64 = 0
    private var size: UInt64 = 0
    private var checksum = CRC32C()
    private var pages: PageCheck?
    private var damaged: [(path: [UInt8], check: PageCheck)] = []
    private var sizes: [UInt32: UInt64] = [:]

    init(_ plan: BaseBackupPlan, directory: String, label: String, clock: WallClock) throws(StreamFailure) {
        (self.plan, self.label, self.clock) = (plan, label, clock)
        started = clock.now()
        backup = try OnlineBackup(plan, directory: directory, label: label)
        walk = DataDirectoryWalk(directory)
        manifest = ManifestWriter(major: backup.connection.major, systemIdentifier: backup.systemIdentifier)
    }

    deinit { release() }

    private func release() {
        if let descriptor = current?.descriptor, descriptor >= 0 { close(descriptor) }
        current = nil
    }

    // MARK: What comes next

    func next(waiting milliseconds: Int) throws(StreamFailure) -> TreeArrival {
        while true {
            switch phase {
            case .starting:
                guard let position = try backup.start(waiting: milliseconds) else { return .waiting }
                walk.tablespaceNumbers = try backup.tablespaces()
                (start, phase) = (position, .files)
            case .files:
                if let entry = try nextFound() { return .entry(entry) }
                phase = .control
            case .control:
                // Last of all: on a standby it says from where on the copy is consistent.
                let entry = try settledControl()
                try requireAllTablespaces()
                try backup.stop()
                phase = .stopping
                return .entry(entry)
            case .stopping:
                guard let end = try backup.end(waiting: milliseconds) else { return .waiting }
                (made, phase) = (madeFiles(end), .made)
            case .made:
                guard let next = made.popLast() else {
                    phase = .over
                    continue
                }
                begin(next)
                return .entry(next.entry)
            case .over: return .end
            }
        }
    }

    /// One that was being made when the backup began may be in the log before that, and nobody would make it again.
    private func requireAllTablespaces() throws(StreamFailure) {
        guard !walk.leftOut.isEmpty, try !walk.leftOut.isDisjoint(with: backup.tablespaces()) else { return }
        throw StreamFailure(
            .unreachable, "A tablespace was made under the backup.",
            advice: "Nothing was kept of it; it is tried again.")
    }

    private func nextFound() throws(StreamFailure) -> ArrivedEntry? {
        let next: DataDirectoryWalk.Found
        if let found {
            next = found
            self.found = nil
        } else {
            guard let one = try walk.next() else { return nil }
            next = one
            if one.place.isEmpty { owner = (one.entry.uid, one.entry.gid) }
            if let tablespace = one.tablespace, one.inner.isEmpty {
                sizes[tablespace] = 0
                if !hasTablespaces {
                    hasTablespaces = true
                    found = one
                    var root = one.entry
                    root.path = Array(BaseBackupFacts.tablespaceDirectory.utf8)
                    return root
                }
            }
        }
        if case .file(let size) = next.entry.kind { begin(next, size) }
        return next.entry
    }

    private func begin(_ found: DataDirectoryWalk.Found, _ size: UInt64) {
        (current, content, offset, self.size, checksum) = (found, nil, 0, size, CRC32C())
        let format = backup.format
        guard format.hasChecksums, size % format.pageSize == 0, let relation = found.relation else {
            return pages = nil
        }
        let shape = PageCheck.Format(
            pageSize: Int(format.pageSize), pagesPerSegment: format.pagesPerSegment, start: start)
        pages = PageCheck(relation, shape) { offset in
            Self.read(found.descriptor, Int(format.pageSize), at: offset)
        }
    }

    private func begin(_ file: Made) {
        (current, content, checksum, pages) = (nil, file.content[...], CRC32C(), nil)
    }

    /// Its 8 KiB are written in place: what is the same twice is whole.
    private func settledControl() throws(StreamFailure) -> ArrivedEntry {
        let found = try walk.control()
        guard case .file(let size) = found.entry.kind else { throw ClusterFormat.silent("have a pg_control") }
        begin(found, size)
        var last: [UInt8]?
        for _ in 1...100 {
            let bytes = Self.read(found.descriptor, Int(size), at: 0)
            if let bytes, bytes.count == Int(size), bytes == last {
                content = bytes[...]
                return found.entry
            }
            last = bytes
            usleep(1000)
        }
        throw ClusterFormat.silent("leave pg_control alone for a moment")
    }

    // MARK: Content

    func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int? {
        let count: Int
        if let content {
            count = min(room.count, content.count)
            room.copyBytes(from: content.prefix(count))
            self.content = content.dropFirst(count)
        } else {
            count = try fill(room)
        }
        let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])
        checksum.update(piece)
        pages?.take(piece)
        return count
    }

    /// A file that became shorter ends there, and the log says why; what it grew by since is left to the log, too.
    private func fill(_ room: UnsafeMutableRawBufferPointer) throws(StreamFailure) -> Int {
        guard let current, offset < size else { return 0 }
        let most = min(room.count, Int(clamping: size - offset))
        while true {
            let count = pread(current.descriptor, room.baseAddress, most, off_t(offset))
            if count >= 0 {
                offset += UInt64(count)
                return count
            }
            guard errno == EINTR else {
                throw StreamFailure(
                    .failed,
                    "\(String(decoding: current.entry.path, as: UTF8.self)) cannot be read: \(String(cString: strerror(errno))).",
                    advice: "Look at the server's disks at once, and keep older backups.")
            }
        }
    }

    private static func read(_ descriptor: Int32, _ count: Int, at offset: UInt64) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: count)
        let got = pread(descriptor, &bytes, count, off_t(offset))
        return got < 0 ? nil : Array(bytes[..<got])
    }

    func took(_ size: UInt64, _ digest: Digest32) throws(StreamFailure) {
        defer { release() }
        if let current {
            if let tablespace = current.tablespace { sizes[tablespace, default: 0] += size }
            if let check = pages, check.damagedCount > 0 { damaged.append((current.entry.path, check)) }
            manifest.add(current.place, size: size, modified: current.entry.modified, checksum.value)
        }
        pages = nil
    }

    // MARK: The end

    /// base-backup.json, the manifest, and backup_label, which is given first.
    private func madeFiles(_ end: OnlineBackup.End) -> [Made] {
        let now = clock.now()
        let label = file("data/backup_label", Array(end.label.utf8), now)
        var checksum = CRC32C()
        label.content.withUnsafeBytes { checksum.update($0) }
        manifest.add(
            Array("backup_label".utf8), size: UInt64(label.content.count), modified: label.entry.modified,
            checksum.value)
        var facts = BaseBackupFacts(
            systemIdentifier: backup.systemIdentifier, version: UInt64(backup.connection.number),
            timeline: end.timeline, startPosition: start, stopPosition: end.position,
            segmentSize: backup.format.segmentSize, hasChecksums: backup.format.hasChecksums, label: self.label,
            started: started, ended: now, isFromStandby: end.isFromStandby, hasLog: false)
        facts.tablespaces = walk.tablespaces.map { oid, location in
            .init(oid: oid, location: location, size: sizes[oid] ?? 0)
        }
        let written = manifest.text(timeline: end.timeline, from: start, to: end.position)
        return [
            file(BaseBackupFacts.fileName, facts.encoded, now), file("data/backup_manifest", written, now), label,
        ]
    }

    private func file(_ path: String, _ content: [UInt8], _ now: Timestamp) -> Made {
        let entry = ArrivedEntry(
            path: Array(path.utf8), kind: .file(size: UInt64(content.count)), mode: 0o600, uid: owner.uid,
            gid: owner.gid, modified: now.nanoseconds / 1_000_000_000)
        return Made(entry: entry, content: content)
    }

    func finish() throws(StreamFailure) -> TreeVerdict {
        var verdict = TreeVerdict()
        verdict.remarks = backup.format.remarks + walk.remarks
        var names = RelationNames(plan.server)
        verdict.damaged = damaged.map { ($0.path, $0.check.words(names.name(of: $0.check.relation))) }
        phase = .over
        return verdict
    }

    func abandon() {
        release()
        if phase != .over { backup.connection.cancel() }
    }
}
