/// One of the things that are protected (COMP-1 to COMP-7).
package struct ComponentPlan: Sendable, Equatable {
    package enum Criticality: String, Sendable, CaseIterable { case low, normal, high, critical }

    /// Lower-case letters, digits and '-'; names the line of its snapshots.
    package var name: String
    package var kind: ComponentKind
    /// Absolute and normalised; any bytes. Empty for a component of streams and databases.
    package var sources: [[UInt8]]
    package var streams: [StreamPlan] = []
    package var postgres: [PostgresPlan] = []
    package var sqlite: [SQLitePlan] = []
    package var baseBackup: BaseBackupPlan?
    /// Lines as in .gitignore, anchored at each source.
    package var exclusions: [String] = []
    package var excludesCaches = false
    package var staysOnFileSystem = false
    /// Whether what changed in its large files is stored as the difference to the version before.
    package var storesDeltas: Bool
    package var criticality: Criticality = .normal
    /// Whether it has data of persons: on a host with a directory of its own, nobody alone lets it out.
    package var holdsPersonalData = false
    /// In the order in which they stand in the file.
    package var jobs: [BackupJob]
    package var retention: RetentionPolicy
    package var objectives = Objectives()
    package var hooks = Hooks()
    /// A program that says whether the application can use a restored copy; empty for none.
    package var health: [String] = []
    /// The store that it is backed up to: one of the role primary.
    package var store: String

    package init(
        name: String, kind: ComponentKind, sources: [[UInt8]], jobs: [BackupJob], retention: RetentionPolicy,
        store: String
    ) {
        (self.name, self.kind, self.sources, self.jobs) = (name, kind, sources, jobs)
        (self.retention, self.store) = (retention, store)
        storesDeltas = kind == .database
    }

    /// Whether it is made of what programs and servers give, and not of files.
    package var isStreamed: Bool { !streams.isEmpty || !postgres.isEmpty || !sqlite.isEmpty || baseBackup != nil }

    /// Where a snapshot has a file that a stream is made into: absolute.
    package func streamPath(_ file: String) -> [UInt8] { Array("/\(name)/\(file)".utf8) }
}

/// When a component is backed up, and how.
package struct BackupJob: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Every byte is read again.
        case full
        /// Files that did not change are recognised without reading them.
        case incremental
        /// Incremental, soon after something changed.
        case change
    }

    package var mode: Mode
    package var schedule: Schedule

    package init(mode: Mode, schedule: Schedule) { (self.mode, self.schedule) = (mode, schedule) }
}

/// What was promised to those whose data it is.
package struct Objectives: Sendable, Equatable {
    /// How old the newest complete snapshot may become; nil where nothing was promised.
    package var recoveryPoint: Duration?
    /// How long a restore may take.
    package var recoveryTime: Duration?

    package init(recoveryPoint: Duration? = nil, recoveryTime: Duration? = nil) {
        (self.recoveryPoint, self.recoveryTime) = (recoveryPoint, recoveryTime)
    }
}

/// Commands around the reading of a component. Each is a program and its arguments; none goes through a shell.
package struct Hooks: Sendable, Equatable {
    /// Before anything of the set is read: flush and freeze, or dump.
    package var freeze: [String] = []
    /// After everything of the set was read, however that ended, and even when the daemon dies.
    package var thaw: [String] = []
    /// After the snapshot was committed, or was not.
    package var after: [String] = []
    /// Of each command.
    package var timeout: Duration = .seconds(300)
    /// However long reading takes: after so long it is thawed.
    package var longestFreeze: Duration = .seconds(1800)
    package var isEmpty: Bool { freeze.isEmpty && thaw.isEmpty && after.isEmpty }
    package var freezes: Bool { !freeze.isEmpty || !thaw.isEmpty }

    package init() {}
}
