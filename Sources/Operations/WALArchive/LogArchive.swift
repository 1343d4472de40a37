import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import WriteAheadLog

/// What a repository has of a component's log, and how to get at it.
package struct LogArchive: Sendable {
    /// A file in one of the snapshots that have it.
    package struct Copy: Sendable {
        package var file: ArchivedFile
        /// Of the cluster; nil where nothing says it.
        package var system: UInt64?
        var snapshot: LogIndex.Key
    }

    package let component: String
    /// Of each file all copies, the newest first.
    package private(set) var copies: [LogFileName: [Copy]] = [:]
    package private(set) var systems: Set<UInt64> = []
    package private(set) var segmentSize: SegmentSize?
    /// Why something may be there that was not found.
    package let doubts: [Failure]
    private let reading: LogReading

    /// `cache` is a file of this host's that spares reading snapshots which were read before; nil for none. Throws `snapshot-missing` where the
    /// key opens nothing of this archive.
    package init(
        permit: consuming Permit<InspectAction>, component: String, repository: Repository, opener: SealOpener,
        cache: String? = nil
    ) throws {
        let line = ArchivedFiles.line(of: component)
        let index = try LogIndex(repository: repository, opener: opener, line: line, cache: cache)
        self.component = component
        doubts = index.doubts
        reading = LogReading(repository: repository, opener: opener)
        for entry in index.entries {
            if let system = entry.archived.system { systems.insert(system) }
            segmentSize = segmentSize ?? entry.archived.segmentSize
            for file in entry.archived.files {
                copies[file.name, default: []].append(
                    Copy(file: file, system: entry.archived.system, snapshot: entry.key))
            }
        }
        for name in copies.keys { copies[name]?.sort { $0.snapshot.sequence > $1.snapshot.sequence } }
        guard copies.isEmpty else { return }
        throw doubts.first
            ?? Failure(
                .snapshotMissing,
                "There is no log of '\(component)' in the repository at \(repository.store.location).",
                advice:
                    "Check the component's name and the key: 'safehold snapshots --component \(line)' lists what was archived."
            )
    }

    /// So many reads at once are of use.
    var threads: Int { reading.threads }

    /// The same with what is of one cluster only. Throws `wal-foreign` where there is nothing of it, or where none is named and there are several.
    package func of(system wanted: UInt64?) throws -> LogArchive {
        guard let system = wanted ?? (systems.count == 1 ? systems.first : nil) else {
            if systems.isEmpty { return self }
            throw Failure(
                .walForeign,
                "The archive of '\(component)' has the logs of \(systems.count) clusters: \(systems.sorted().map(String.init).joined(separator: ", ")).",
                advice: "Say which one is meant with --system, or run the command in its data directory.")
        }
        guard systems.isEmpty || systems.contains(system) else {
            throw Failure(
                .walForeign, "The archive of '\(component)' has nothing of the cluster \(system).",
                advice: "Check the component's name, and that the data directory is the one that was meant.")
        }
        var archive = self
        archive.copies = copies.compactMapValues { copies in
            let fitting = copies.filter { $0.system == nil || $0.system == system }
            return fitting.isEmpty ? nil : fitting
        }
        archive.systems = [system]
        return archive
    }

    /// The newest copy. Nil where there is none; throws `wal-conflict` where there are several that differ.
    package func file(_ name: LogFileName) throws -> ArchivedFile? {
        guard let copies = copies[name], let first = copies.first else { return nil }
        guard copies.allSatisfy({ $0.file.digest == first.file.digest }) else {
            throw Failure(
                .walConflict, "\(name) was archived \(copies.count) times, with different content.",
                advice:
                    "'safehold wal check' names the snapshots: find out which server wrote which, and drop the wrong one with 'safehold forget'."
            )
        }
        return first.file
    }

    /// Hands the content of a file to `sink`, piece by piece; that it is what was archived is known when this returns. Throws `snapshot-missing`
    /// for a file that is not there.
    package func content(of name: LogFileName, _ sink: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard let file = try file(name), let copy = copies[name]?.first else {
            throw Failure(
                .snapshotMissing, "\(name) is not in the archive of '\(component)'.",
                advice: "'safehold wal check' says what is.")
        }
        let digest = try reading.content(of: ArchivedFiles.path(name, of: component), in: copy.snapshot, sink)
        guard digest == file.digest else {
            throw Failure.damaged(name, "has not the content that was archived")
        }
    }

    /// The histories of all timelines that have one.
    package func histories() throws -> [UInt32: TimelineHistory] {
        var histories: [UInt32: TimelineHistory] = [:]
        for case .history(let timeline) in copies.keys {
            var bytes: [UInt8] = []
            try content(of: .history(timeline: timeline)) { bytes += $0 }
            histories[timeline] = TimelineHistory(timeline: timeline, text: String(decoding: bytes, as: UTF8.self))
        }
        return histories
    }

    /// By timeline: the whole segments by their numbers, and when the server wrote each last.
    package func segments(_ size: SegmentSize) -> [UInt32: [UInt64: Timestamp]] {
        var segments: [UInt32: [UInt64: Timestamp]] = [:]
        for (name, copies) in copies {
            guard case .segment(let segment) = name, let number = segment.number(size), let copy = copies.first else {
                continue
            }
            segments[segment.timeline, default: [:]][number] = copy.file.written
        }
        return segments
    }
}
