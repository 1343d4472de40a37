import Capture
import Identity
import Primitives
import RepositoryEngine
import Validation
import WriteAheadLog

/// Which files of a component are damaged in its newest snapshot, since when, and which version of each is the last one that is not (EMG-3).
///
/// Three things tell: content that cannot be read from the repository any more; content that is not what the file's type promises, and once
/// was; content that became another while the file's time and size stayed, which no program does that writes a file.
package struct CorruptionScope: Sendable {
    /// What looks at the pages of a relation's file. `path` is below the data directory, or below the tablespace's own directory.
    package typealias PageChecking =
        @Sendable (_ path: [UInt8], _ tablespace: UInt32?, _ start: LogSequenceNumber) -> (any Validation.ContentCheck)?

    package enum Evidence: String, Sendable {
        /// The repository has lost it: "it" is what was backed up, not the file.
        case unreadable
        case invalid
        case silent = "changed-silently"
    }

    package struct Finding: Sendable {
        /// Absolute.
        package var path: [UInt8]
        /// Of the file, such as "block 17"; empty for all of it.
        package var part: String
        package var evidence: Evidence
        /// As the end of a sentence that begins with the path.
        package var problem: String
        package var host: String
        /// The first snapshot with the damage; it came about before this one was made, and after `lastValid`.
        package var since: SnapshotSummary
        package var lastValid: SnapshotSummary?
    }

    package internal(set) var findings: [Finding] = []
    /// Files whose content was read and looked at by a check of their type, and those that were read only.
    package internal(set) var checked: UInt64 = 0
    package internal(set) var unchecked: UInt64 = 0
    /// Never valid in any snapshot: their names seem to promise something else than they are.
    package internal(set) var neverValid: [[UInt8]] = []
    package internal(set) var snapshots: UInt64 = 0

    /// Of every host that has the component. Throws `snapshot-missing` where none has.
    package static func find(
        permit: consuming Permit<VerifyAction>, in opened: OpenedRepository, component: String,
        pages: @escaping PageChecking, isCancelled: @escaping () -> Bool = { false }
    ) throws -> CorruptionScope {
        try permit.require(components: .only([component]))
        let all = opened.snapshots(of: component)
        guard !all.isEmpty else {
            throw Failure(
                .snapshotMissing, "There is no snapshot of '\(component)' that this key opens.",
                advice: "'safehold snapshots' lists what there is.")
        }
        var scope = CorruptionScope()
        scope.snapshots = UInt64(all.count)
        for (_, chain) in Dictionary(grouping: all, by: \.summary.writer.hex).sorted(by: { $0.key < $1.key }) {
            try scope.look(at: SnapshotChain(component, chain, pages), isCancelled)
        }
        return scope
    }

    private mutating func look(at chain: SnapshotChain, _ isCancelled: () -> Bool) throws {
        guard let newest = chain.snapshots.last else { return }
        var silent = try chain.silentChanges(isCancelled)
        var listing = newest.listing()
        try listing.forEachRecord(below: newest.root) { record, _ in
            if isCancelled() { throw Failure.interrupted }
            guard record.kind == .file, !record.flags.contains(.ancestor), !record.flags.contains(.unreadable) else {
                return true
            }
            let path = [0x2F] + record.path
            let change = silent.removeValue(forKey: path)
            let found = try examine(path, record, chain)
            findings += found
            if found.isEmpty, let change {
                findings.append(
                    Finding(
                        path: path, part: "", evidence: .silent,
                        problem: "has other content than before, with the time and the size that it had",
                        host: newest.summary.writerHost, since: chain.snapshots[change].summary,
                        lastValid: chain.snapshots[change - 1].summary))
            }
            return true
        }
    }

    /// None where nothing is wrong with what is in the newest snapshot, as far as can be told.
    private mutating func examine(_ path: [UInt8], _ record: ListingRecord, _ chain: SnapshotChain) throws -> [Finding]
    {
        let newest = chain.snapshots.count - 1
        if try chain.check(of: path, in: newest) == nil { unchecked += 1 } else { checked += 1 }
        let verdict = try chain.verdict(on: record, in: newest)
        let (evidence, problem): (Evidence, String)
        switch verdict {
        case .intact: return []
        case .invalid(let words, _): (evidence, problem) = (.invalid, words)
        case .unreadable(let words): (evidence, problem) = (.unreadable, words)
        }
        var found: [Finding] = []
        func note(_ part: String, _ since: Int, _ lastValid: Int?) {
            found.append(
                Finding(
                    path: path, part: part, evidence: evidence, problem: problem,
                    host: chain.snapshots[newest].summary.writerHost, since: chain.snapshots[since].summary,
                    lastValid: lastValid.map { chain.snapshots[$0].summary }))
        }
        // Each part with the first snapshot, as far as was looked, that has it damaged.
        var pending = Dictionary(verdict.damaged.map { ($0, newest) }, uniquingKeysWith: { $1 })
        var known = [record.digest: verdict.damaged]
        for index in (0..<newest).reversed() where !pending.isEmpty {
            guard let older = try chain.record(of: path, in: index) else { continue }
            let damaged = try known[older.digest] ?? chain.verdict(on: older, in: index).damaged
            known[older.digest] = damaged
            for part in verdict.damaged {
                guard let since = pending[part] else { continue }
                if damaged.contains(part) || damaged.contains("") {
                    pending[part] = index
                } else {
                    note(part, since, index)
                    pending[part] = nil
                }
            }
        }
        for part in verdict.damaged {
            guard let since = pending[part] else { continue }
            // A name may promise too much; a checksum does not.
            if evidence == .invalid, part.isEmpty { neverValid.append(path) } else { note(part, since, nil) }
        }
        let order = verdict.damaged
        return found.sorted { (order.firstIndex(of: $0.part) ?? 0) < (order.firstIndex(of: $1.part) ?? 0) }
    }
}

/// Snapshots of one component by one writer, the oldest first.
private struct SnapshotChain {
    let snapshots: [OpenedSnapshot]
    private let component: String
    private let pages: CorruptionScope.PageChecking
    private let kept: [KeptBundle]
    /// Of each snapshot that is a base backup of a cluster with checksums: where it began.
    private let starts: [LogSequenceNumber?]

    enum Verdict: Equatable {
        case intact
        case invalid(String, parts: [String])
        case unreadable(String)

        /// Which parts; an empty name for all of it.
        var damaged: [String] {
            switch self {
            case .intact: []
            case .invalid(_, let parts): parts.isEmpty ? [""] : parts
            case .unreadable: [""]
            }
        }
    }

    init(_ component: String, _ snapshots: [OpenedSnapshot], _ pages: @escaping CorruptionScope.PageChecking) throws {
        (self.component, self.snapshots, self.pages) = (component, snapshots, pages)
        kept = snapshots.map { _ in KeptBundle() }
        starts = try snapshots.map { snapshot in
            try snapshot.baseBackupFacts(of: component).flatMap { $0.hasChecksums ? $0.startPosition : nil }
        }
    }

    /// Nil where nothing checks such files.
    func check(of path: [UInt8], in index: Int) throws -> (any Validation.ContentCheck)? {
        guard let start = starts[index] else { return ContentChecks.check(of: path) }
        func below(_ folder: String) -> [UInt8]? {
            let prefix = Array("/\(component)/\(folder)/".utf8)
            return path.starts(with: prefix) ? Array(path.dropFirst(prefix.count)) : nil
        }
        if let inner = below(BaseBackupFacts.dataDirectory) { return pages(inner, nil, start) }
        guard let inner = below(BaseBackupFacts.tablespaceDirectory), let slash = inner.firstIndex(of: 0x2F),
            let oid = UInt32(String(decoding: inner[..<slash], as: UTF8.self))
        else { return nil }
        return pages(Array(inner[(slash + 1)...]), oid, start)
    }

    func record(of path: [UInt8], in index: Int) throws -> ListingRecord? {
        do {
            let record = try snapshots[index].record(at: path)
            return record.kind == .file && !record.flags.contains(.unreadable) ? record : nil
        } catch let failure as Failure where failure.code == .pathMissing {
            return nil
        }
    }

    func verdict(on record: ListingRecord, in index: Int) throws -> Verdict {
        var check = try check(of: [0x2F] + record.path, in: index)
        do {
            try snapshots[index].content(of: record, keeping: kept[index]) { check?.take($0) }
        } catch let failure as Failure where failure.code.class == .integrity {
            return .unreadable("cannot be read from the repository: \(failure.message)")
        }
        if case .damaged(let words) = check?.verdict() {
            return .invalid(words, parts: check?.damagedParts ?? [])
        }
        return .intact
    }

    /// Files of the newest snapshot whose content became another while their time and size stayed, each with the number of the first
    /// snapshot that has it so.
    func silentChanges(_ isCancelled: () -> Bool) throws -> [[UInt8]: Int] {
        var found: [[UInt8]: Int] = [:]
        for index in snapshots.indices.dropFirst() {
            try Difference.between(snapshots[index - 1], snapshots[index]) { difference in
                if isCancelled() { throw Failure.interrupted }
                guard difference.change != .metadata else { return true }
                if difference.isSilent {
                    // Damaged again, it was intact only before the first time.
                    found[difference.path] = found[difference.path] ?? index
                } else {
                    found[difference.path] = nil
                }
                return true
            }
        }
        return found
    }
}

extension Difference {
    fileprivate var isSilent: Bool {
        change == .content && kind == .file && sizeBefore == sizeAfter && !attributes.contains("mtime")
    }
}
