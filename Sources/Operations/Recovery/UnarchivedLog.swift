import CLinux
import Capture
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Strategy
import WriteAheadLog

/// Log in a data directory that is recovered in place, and that the archive does not have: what its server wrote last, or what was written on another
/// timeline. Nobody else has it, so none of it is removed.
struct UnarchivedLog: Sendable {
    /// The directory of the log.
    let directory: String
    /// What goes on where the archive ends: the server takes it from there, as it does with its own log after a crash.
    private(set) var used: [String] = []
    /// What leads elsewhere, or behind the target. It comes into a folder of its own: a server that is promoted removes log of the timeline that it left.
    private(set) var other: [String] = []
    /// Within `directory`.
    private let folder: String

    private static let prefix = "unarchived-"

    /// Nil where there is nothing of the kind. What is there is only read.
    init?(
        at site: RecoverySite, _ prepared: PreparedRecovery, _ request: RecoveryRequest, in opened: OpenedRepository,
        now: Timestamp
    ) throws {
        guard site.isInPlace else { return nil }
        directory = Self.directory(site.layout)
        let names = try LocalFile.names(in: directory).sorted()
        let stamp = Self.prefix + SetStamp(now).description
        folder = (1...).lazy.map { $0 == 1 ? stamp : "\(stamp).\($0)" }.first { !names.contains($0) } ?? stamp
        let files = names.compactMap { LogFileName($0) }
        let archived = try ArchivedLog.digests(
            of: Set(files), request, prepared.base.facts.systemIdentifier, in: opened)
        var kept: [LogFileName] = []
        for file in files where try Self.isLog(file, "\(directory)/\(file)", prepared.base.facts) {
            if let known = archived[file], let own = try Self.digest("\(directory)/\(file)"), known.contains(own) {
                continue
            }
            kept.append(file)
        }
        let going = request.target == .end ? Self.following(prepared, among: Set(kept)) : []
        used = kept.filter(going.contains).map(\.description)
        other = kept.filter { !going.contains($0) }.map(\.description)
        if kept.isEmpty { return nil }
    }

    /// What whoever recovers is told.
    var warnings: [String] {
        let kept = "Log that the archive does not have"
        let going =
            used.isEmpty ? [] : ["\(kept) stays in \(directory) for the server to recover: \(Self.listed(used))."]
        let apart =
            other.isEmpty
            ? [] : ["\(kept) is kept in \(directory)/\(folder), and is not recovered: \(Self.listed(other))."]
        return going + apart
    }

    private static func listed(_ names: [String]) -> String {
        names.count <= 4
            ? names.joined(separator: ", ") : "\(names.count) files from \(names[0]) to \(names[names.count - 1])"
    }

    // MARK: - What it is

    /// Whether there is anything in it that a server wrote there. Files that it made in advance, or took from what it no longer needed, have log of
    /// earlier in them, or none; what cannot be read as log is kept, too.
    private static func isLog(_ name: LogFileName, _ path: String, _ facts: BaseBackupFacts) throws -> Bool {
        switch name {
        case .history: return true
        case .backup: return false
        case .segment(let segment), .partial(let segment):
            guard let page = try begin(of: path) else { return false }
            guard let header = SegmentHeader(page), let start = segment.start(facts.segmentSize) else {
                return page.contains { $0 != 0 }
            }
            return header.address.value >= start.value
        }
    }

    /// Nil for what is no file.
    private static func begin(of path: String) throws -> [UInt8]? {
        guard let file = try opened(path) else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = pread(file, &bytes, bytes.count, 0)
        guard count >= 0 else { throw unreadable(path, errno) }
        return Array(bytes.prefix(count))
    }

    private static func digest(_ path: String) throws -> Digest32? {
        guard let file = try opened(path) else { return nil }
        defer { close(file) }
        var (hasher, offset) = (RunningSHA256(), 0)
        var bytes = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = pread(file, &bytes, bytes.count, offset)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            if count == 0 { return hasher.value() }
            bytes.withUnsafeBytes { hasher.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
            offset += count
        }
    }

    private static func opened(_ path: String) throws -> Int32? {
        let file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file >= 0 { return file }
        guard errno != ELOOP, errno != ENOENT else { return nil }
        throw unreadable(path, errno)
    }

    private static func unreadable(_ path: String, _ number: Int32) -> Failure {
        Failure(
            .targetUnusable,
            "\(path), which may be log that nobody else has, cannot be read: \(String(cString: strerror(number))).",
            advice: "Run it as the user who owns the data directory, or move the file elsewhere. Nothing was changed.")
    }

    /// Segments that a recovery to the end reads behind what is archived, one after the other.
    private static func following(_ prepared: PreparedRecovery, among kept: Set<LogFileName>) -> Set<LogFileName> {
        let (size, timeline) = (prepared.archive.segmentSize, prepared.plan.timeline)
        guard let last = SegmentName(prepared.plan.last)?.number(size) else { return [] }
        func segment(_ number: UInt64) -> LogFileName {
            .segment(SegmentName(timeline: timeline, number: number, size: size))
        }
        // A timeline begins in the middle of a segment, of which the archive may have what the one before wrote of it. What the base backup has
        // itself it brings.
        let isOwn =
            prepared.base.facts.hasLog && last <= prepared.archive.number(endingAt: prepared.base.facts.stopPosition)
        var next = kept.contains(segment(last)) && !isOwn ? last : last + 1
        var found: Set<LogFileName> = []
        while kept.contains(segment(next)) {
            found.insert(segment(next))
            next += 1
        }
        return found
    }

    // MARK: - Keeping

    /// Durable when this returns. Nothing else writes there.
    func setAside() throws {
        guard !other.isEmpty else { return }
        let place = "\(directory)/\(folder)"
        let made = sh_mkdir(AT_FDCWD, place, 0o700)
        guard made == 0 else { throw SystemError(made, "keeping unarchived log").failure(target: directory) }
        for name in other {
            let moved = sh_rename_noreplace(AT_FDCWD, "\(directory)/\(name)", AT_FDCWD, "\(place)/\(name)")
            guard moved == 0 else { throw SystemError(moved, "keeping unarchived log").failure(target: directory) }
        }
        for path in ["\(place)/", place] {
            let settled = LocalFile.syncDirectory(of: path)
            guard settled == 0 else { throw SystemError(settled, "keeping unarchived log").failure(target: directory) }
        }
    }

    /// The trees of a recovery, of which none removes what is kept, now or by a recovery before.
    static func keeping(_ used: [String], in layout: RecoveryLayout) throws -> [RecoveredTree] {
        let earlier = try LocalFile.names(in: directory(layout)).filter { $0.hasPrefix(prefix) }
        var trees = layout.trees
        let tree = trees.firstIndex { $0.target == layout.logDirectory } ?? 0
        let above = layout.logDirectory == nil ? "pg_wal/" : ""
        trees[tree].kept.formUnion((used + earlier).map { Array((above + $0).utf8) })
        return trees
    }

    private static func directory(_ layout: RecoveryLayout) -> String {
        layout.logDirectory ?? layout.dataDirectory + "/pg_wal"
    }
}
