import CPQ
import Capture
import Glibc
import Primitives
import Strategy
import WriteAheadLog

/// A base backup on its way: archives become entries of one tree, their content goes by under every check.
final class BaseBackupReading: TreeReading {
    private enum State {
        /// Between archives.
        case outside
        /// A header is expected, of which so much is there.
        case header([UInt8])
        case content(left: UInt64, padding: Int)
        case padding(Int)
        /// Nothing but zeros comes behind an archive's last member.
        case behindArchive
        case manifest
        /// All came; the log that it needs is still to be archived.
        case archiving(since: ContinuousClock.Instant)
        case facts(ArraySlice<UInt8>)
        case over
    }

    private let plan: BaseBackupPlan
    private let label: String
    private let clock: WallClock
    private let started: Timestamp
    private let opening: BaseBackupOpening
    private let messages: BaseBackupMessages
    private var state = State.outside
    /// What came and was not looked at yet; in the memory of `messages`.
    private var input = UnsafeRawBufferPointer(start: nil, count: 0)
    private var tablespace: UInt32?
    /// What is to be given before anything else.
    private var ready: [ArrivedEntry] = []
    private var current: ArrivedEntry?
    private var manifest = BackupManifest()
    private var pages: PageCheck?
    private var checksum = CRC32C()
    private var damaged: [(path: [UInt8], check: PageCheck)] = []
    private var sizes: [UInt32: UInt64] = [:]
    /// The beginning of backup_label.
    private var origin: [UInt8] = []
    private static let longestLabel = 64 << 10
    private var hasRoot = false
    private var hasGivenFacts = false

    init(_ plan: BaseBackupPlan, label: String, clock: WallClock) throws(StreamFailure) {
        (self.plan, self.label, self.clock) = (plan, label, clock)
        started = clock.now()
        let slot = "safehold_base_" + String(UInt64.random(in: 0...UInt64.max), radix: 36)
        opening = try BaseBackupOpening(plan, label: label, slot: slot)
        let version = PostgresVersion(opening.connection.major)
        messages = BaseBackupMessages(
            opening.connection, isOneStream: version.hasOptionLists, patience: plan.server.patience)
    }

    // MARK: What comes next

    func next(waiting milliseconds: Int) throws(StreamFailure) -> TreeArrival {
        while true {
            if let entry = ready.popLast() { return .entry(entry) }
            switch state {
            case .over: return .end
            case .archiving(let since):
                guard try isArchived(since, waiting: milliseconds) else { return .waiting }
                try end()
            case .header(let part) where part.count == TarHeader.blockCount:
                if let entry = try member(part) { ready.append(entry) }
            case .content(let left, let padding):
                precondition(left == 0, "a file has to be read to its end")
                state = padding == 0 ? .header([]) : .padding(padding)
            case .facts: state = .over
            default:
                if input.isEmpty {
                    if try !advance(waiting: milliseconds) { return .waiting }
                } else {
                    try look()
                }
            }
        }
    }

    /// Takes something of `input` that is no content.
    private func look() throws(StreamFailure) {
        switch state {
        case .header(var part):
            let taken = input.prefix(TarHeader.blockCount - part.count)
            part.append(contentsOf: taken)
            drop(taken.count)
            state = .header(part)
        case .padding(let left):
            let count = min(left, input.count)
            drop(count)
            state = count == left ? .header([]) : .padding(left - count)
        case .behindArchive:
            guard input.allSatisfy({ $0 == 0 }) else { throw Self.nonsense("has something behind its end") }
            drop(input.count)
        default: throw Self.nonsense("sends content outside of any archive")
        }
    }

    private func drop(_ count: Int) { input = UnsafeRawBufferPointer(rebasing: input[count...]) }

    /// Waits for the next message. False where nothing came.
    private func advance(waiting milliseconds: Int) throws(StreamFailure) -> Bool {
        switch try messages.next(waiting: milliseconds) {
        case .waiting: return false
        case .data: input = messages.data
        case .archive(let tablespace):
            try endArchive()
            begin(tablespace)
        case .manifest:
            try endArchive()
            current = entry("data/backup_manifest", .file(size: .max), mode: 0o600)
            ready = [current].compactMap { $0 }
            state = .manifest
        case .end:
            try endArchive()
            state = .archiving(since: .now)
        }
        return true
    }

    private func endArchive() throws(StreamFailure) {
        switch state {
        case .outside, .behindArchive, .manifest: break
        case .header(let part) where part.isEmpty: break
        default: throw Self.nonsense("ends in the middle of an archive")
        }
        state = .outside
    }

    private func begin(_ tablespace: UInt32?) {
        self.tablespace = tablespace
        state = .header([])
        if let tablespace { sizes[tablespace] = 0 }
        hasRoot = false
    }

    // MARK: Members of archives

    private var base: String { tablespace.map { "tablespaces/\($0)" } ?? "data" }

    private func member(_ block: [UInt8]) throws(StreamFailure) -> ArrivedEntry? {
        let header: TarHeader
        do throws(EncodingError) {
            guard let found = try TarHeader(block) else {
                state = .behindArchive
                return nil
            }
            header = found
        } catch { throw Self.nonsense(error.problem) }
        let path = Array(base.utf8) + [0x2F] + header.path
        var entry = ArrivedEntry(
            path: path, kind: .directory, mode: header.mode, uid: header.uid, gid: header.gid,
            modified: header.modified)
        state = header.kind == .file ? .content(left: header.size, padding: header.padding) : .header([])
        switch header.kind {
        case .directory: break
        case .link(let target): entry.kind = .link(target: target)
        case .file:
            entry.kind = .file(size: header.size)
            let relation = RelationFile(header.path, tablespace: tablespace)
            entry.isPaged = relation != nil
            current = entry
            checksum = CRC32C()
            if opening.format.hasChecksums, header.size % opening.format.pageSize == 0, let start = messages.start,
                let relation
            {
                pages = PageCheck(
                    relation,
                    .init(
                        pageSize: Int(opening.format.pageSize), pagesPerSegment: opening.format.pagesPerSegment,
                        start: start.position))
            }
        }
        addRoots(beside: entry)
        return entry
    }

    /// The archives do not have their own roots; they belong to whom their content does.
    private func addRoots(beside entry: ArrivedEntry) {
        guard !hasRoot else { return }
        hasRoot = true
        var root = entry
        (root.path, root.kind, root.mode) = (Array(base.utf8), .directory, opening.format.mode)
        ready.append(root)
        if tablespace != nil, sizes.count == 1 {
            root.path = Array(BaseBackupFacts.tablespaceDirectory.utf8)
            ready.append(root)
        }
    }

    private func entry(_ path: String, _ kind: ArrivedEntry.Kind, mode: UInt32) -> ArrivedEntry {
        ArrivedEntry(
            path: Array(path.utf8), kind: kind, mode: mode, uid: current?.uid ?? geteuid(),
            gid: current?.gid ?? getegid(), modified: clock.now().nanoseconds / 1_000_000_000)
    }

    // MARK: Content

    func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int? {
        switch state {
        case .content(let left, let padding):
            if left == 0 { return 0 }
            guard let count = try fill(room, most: left, milliseconds) else { return nil }
            state = .content(left: left - UInt64(count), padding: padding)
            let piece = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count])
            checksum.update(piece)
            pages?.take(piece)
            if current?.path.elementsEqual("data/backup_label".utf8) == true {
                origin += room[..<min(count, Self.longestLabel - origin.count)]
            }
            return count
        case .manifest:
            guard let count = try fill(room, most: .max, milliseconds) else {
                if case .manifest = state { return nil }
                return 0
            }
            manifest.read(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<count]))
            return count
        case .facts(let rest):
            let count = min(room.count, rest.count)
            room.copyBytes(from: rest.prefix(count))
            state = .facts(rest.dropFirst(count))
            return count
        default: return 0
        }
    }

    /// Nil where nothing came in time, or something else than content.
    private func fill(_ room: UnsafeMutableRawBufferPointer, most: UInt64, _ milliseconds: Int) throws(StreamFailure)
        -> Int?
    {
        if input.isEmpty, try !advance(waiting: milliseconds) || input.isEmpty { return nil }
        let count = min(room.count, input.count, Int(clamping: most))
        room.copyMemory(from: UnsafeRawBufferPointer(rebasing: input[..<count]))
        drop(count)
        return count
    }

    func took(_ size: UInt64, _ digest: Digest32) throws(StreamFailure) {
        guard let entry = current else { return }
        if let check = pages, check.damagedCount > 0 { damaged.append((entry.path, check)) }
        pages = nil
        guard case .file(let expected) = entry.kind, expected != .max else { return }
        if let tablespace { sizes[tablespace, default: 0] += size }
        let place = tablespace.map { "pg_tblspc/\($0)/" } ?? ""
        manifest.arrived(Array(place.utf8) + entry.path.dropFirst(base.utf8.count + 1), size: size, checksum.value)
    }

    // MARK: The end

    /// Whether the log that it needs is archived, where that is for us to look.
    private func isArchived(_ since: ContinuousClock.Instant, waiting milliseconds: Int) throws(StreamFailure) -> Bool {
        guard let archive = opening.archive, let start = messages.start, let stop = messages.stop, stop.value > 0 else {
            return true
        }
        let last = SegmentName(
            timeline: start.timeline, at: LogSequenceNumber(stop.value - 1), size: opening.format.segmentSize)
        if try archive.hasArchived(last, waiting: milliseconds) { return true }
        let patience = plan.server.patience
        guard ContinuousClock.now - since > patience else { return false }
        throw PostgresTrouble.notArchived(within: patience)
    }

    private func end() throws(StreamFailure) {
        guard !hasGivenFacts, let start = messages.start, let stop = messages.stop else {
            throw Self.nonsense("does not say where its log ends")
        }
        hasGivenFacts = true
        if let problem = manifest.verdict() {
            throw StreamFailure(
                .failed, "What came is not what the server says that it sent: its manifest \(problem).",
                advice: "Nothing was kept of it. Run it again; if it stays so, look at the server's disks and network.")
        }
        var facts = BaseBackupFacts(
            systemIdentifier: opening.systemIdentifier, version: UInt64(opening.connection.number),
            timeline: start.timeline, startPosition: start.position, stopPosition: stop,
            segmentSize: opening.format.segmentSize, hasChecksums: opening.format.hasChecksums, label: label,
            started: started,
            ended: clock.now(), isFromStandby: isFromStandby, hasLog: plan.log == .include)
        facts.tablespaces = (messages.tablespaces ?? []).compactMap { oid, location in
            oid.map { .init(oid: $0, location: location, size: sizes[$0] ?? 0) }
        }
        let bytes = facts.encoded
        let file = entry(BaseBackupFacts.fileName, .file(size: UInt64(bytes.count)), mode: 0o600)
        current = nil
        ready = [file]
        state = .facts(bytes[...])
    }

    /// As backup_label says it.
    private var isFromStandby: Bool {
        String(decoding: origin, as: UTF8.self).split(whereSeparator: \.isNewline).contains("BACKUP FROM: standby")
    }

    func finish() throws(StreamFailure) -> TreeVerdict {
        var verdict = TreeVerdict()
        verdict.remarks = opening.format.remarks
        var names = RelationNames(plan.server)
        verdict.damaged = damaged.map { ($0.path, $0.check.words(names.name(of: $0.check.relation))) }
        if messages.isDamaged, damaged.isEmpty {
            verdict.damaged = [
                (Array("data".utf8), "the server found pages that do not have their checksums; its log names them")
            ]
        }
        state = .over
        return verdict
    }

    func abandon() {
        guard case .over = state else { return opening.connection.cancel() }
    }

    private static func nonsense(_ problem: String) -> StreamFailure {
        StreamFailure(
            .failed, "What the server sends is no base backup: it \(problem).",
            advice: "Nothing was kept of it. Run it again; a proxy on the way may have disturbed it.")
    }
}
