import Anomaly
import Capture
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// What to back up, and how.
package struct BackupOptions: Sendable {
    /// Absolute and normalised, with their leading slash; any bytes.
    package var paths: [[UInt8]]
    /// Beside them, files whose content is no file's.
    package var streams: [StreamedFile] = []
    /// Beside them, trees that come as one stream.
    package var trees: [StreamedTree] = []
    /// Names the line of snapshots that this one continues; by default made of the paths.
    package var component: String
    package var tags: [String] = []
    /// More tags, which what was read decides; asked once all of it is stored.
    package var tagsOfContent: @Sendable () -> [String] = { [] }
    package var mode: BackupMode = .incremental
    /// Lines as in .gitignore, anchored at each path.
    package var exclusions: [String] = []
    package var oneFileSystem = false
    /// Leaves out what is in directories with a valid CACHEDIR.TAG.
    package var excludeCaches = false
    /// For how long the snapshot is locked, where the repository locks: one of its classes; nil for the usual one.
    package var retentionClass: String?
    package var compression: CompressionLevel = .standard
    /// Where this host keeps what it knows of this line of snapshots; nil for where it keeps what it knows of the repository.
    package var stateFolder: String?
    /// Keeps the plaintext of large files on this host, sealed, and stores what changed in them as differences.
    package var delta = false
    /// Bytes that it may take, of all components together.
    package var deltaCacheBytes: UInt64 = 8 << 30
    /// What is left out, whatever path leads there: the host's own state, where people sign in.
    var guarded: GuardedState?
    /// Whether it is judged how the line of snapshots changes.
    package var watchesChanges = true
    package var host: String
    package var user: String
    package var software: String

    package init(paths: [[UInt8]], component: String, host: String, user: String, software: String) {
        self.paths = paths
        self.component = component
        self.host = host
        self.user = user
        self.software = software
    }
}

/// A file of a snapshot that is made of a stream.
package struct StreamedFile: Sendable {
    /// Where the snapshot has it: absolute and normalised, with the leading slash. Nothing is read or written there.
    package var path: [UInt8]
    package var source: any StreamSource

    package init(path: [UInt8], source: any StreamSource) { (self.path, self.source) = (path, source) }
}

/// A tree of a snapshot that comes as one stream.
package struct StreamedTree: Sendable {
    /// Where the snapshot has its root: absolute and normalised, with the leading slash. Nothing is read or written there.
    package var path: [UInt8]
    package var source: any TreeSource

    package init(path: [UInt8], source: any TreeSource) { (self.path, self.source) = (path, source) }
}

/// What a backup did.
package struct BackupSummary: Sendable {
    package var snapshot: Digest32
    package var writer: WriterID
    package var sequence: UInt64
    package var mode: BackupMode
    package var files: UInt64 = 0
    package var directories: UInt64 = 0
    package var others: UInt64 = 0
    package var filesTakenOver: UInt64 = 0
    package var contentBytes: UInt64 = 0
    package var readBytes: UInt64 = 0
    package var newBytes: UInt64 = 0
    package var storedBytes: UInt64 = 0
    package var packs: UInt64 = 0
    package var problems: [EntryProblem] = []
    /// All of them, of which `problems` holds the first thousand.
    package var problemCount: UInt64 = 0
    package var seconds: Double = 0
    /// How it differs from the one before, and what that means.
    package var signals = SnapshotSignals()
    package var verdict: AnomalyVerdict?
    /// The newest snapshot before what an alarm is about, as far as this host knows.
    package var lastClean: Digest32?

    package init(snapshot: Digest32, writer: WriterID, sequence: UInt64, mode: BackupMode) {
        self.snapshot = snapshot
        self.writer = writer
        self.sequence = sequence
        self.mode = mode
    }

    package var isPartial: Bool { problemCount > 0 }
}

/// Saves trees into a repository as one snapshot.
package enum Backup {
    /// Entry point; see Backup.swift for the story.
    package typealias Permission = Permit<BackupAction>
}
