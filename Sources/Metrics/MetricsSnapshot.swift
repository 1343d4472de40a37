import Primitives

/// How all stands at one moment, as numbers for a monitoring system.
package struct MetricsSnapshot: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case healthy, late, partial, failed
        /// Never backed up so far.
        case never
    }

    package struct Component: Sendable, Equatable {
        package var name: String
        package var kind: String
        package var store: String
        package var state: State
        package var isRunning = false
        package var lastSuccess: Timestamp?
        package var lastAttempt: Timestamp?
        package var nextDue: Timestamp?
        /// What was promised (RPO), in seconds.
        package var objective: Double?
        package var snapshots: UInt64?
        package var last = Figures()
        /// Since the catalog was begun, by outcome.
        package var runs: [String: UInt64] = [:]
        package var log = Log()

        package init(_ name: String, kind: String, store: String, state: State) {
            (self.name, self.kind, self.store, self.state) = (name, kind, store, state)
        }
    }

    /// Of the newest run that ended.
    package struct Figures: Sendable, Equatable {
        package var seconds: Double?
        package var files: UInt64?
        package var bytes: UInt64?
        package var bytesRead: UInt64?
        package var bytesNew: UInt64?
        package var bytesStored: UInt64?
        package var problems: UInt64?
        package init() {}
    }

    /// Of the component's write-ahead log.
    package struct Log: Sendable, Equatable {
        /// When the newest part of it came into the archive.
        package var archived: Timestamp?
        /// Where the archived log ends, in bytes from its beginning.
        package var position: UInt64?
        /// Bytes that the server keeps for the replication slot.
        package var slotLag: UInt64?
        package init() {}
    }

    package struct Store: Sendable, Equatable {
        package var name: String
        package var role: String
        package var site: String
        package var isReachable: Bool?
        package var lastReplication: Timestamp?
        /// How far a copy is behind its primary store.
        package var lagSeconds: Double?
        package var lagSnapshots: UInt64?
        package var lastVerification: Timestamp?
        package var damagedObjects: UInt64?

        package init(_ name: String, role: String, site: String) {
            (self.name, self.role, self.site) = (name, role, site)
        }
    }

    package struct Daemon: Sendable, Equatable {
        package var version: String
        package var started: Timestamp
        package var runsRunning: UInt64 = 0
        package var watchedDirectories: UInt64 = 0
        /// Components by how their changes are seen: inotify, fanotify, polling.
        package var watchMethods: [String: UInt64] = [:]
        package var notificationsPending: UInt64 = 0
        package var notificationsFailing: UInt64 = 0
        package var notificationsTold: UInt64 = 0
        /// Open ones by severity.
        package var incidents: [String: UInt64] = [:]
        package var reviewsOverdue: UInt64 = 0

        package init(version: String, started: Timestamp) { (self.version, self.started) = (version, started) }
    }

    package var project: String
    package var time: Timestamp
    package var daemon: Daemon
    package var components: [Component] = []
    package var stores: [Store] = []

    package init(project: String, time: Timestamp, daemon: Daemon) {
        (self.project, self.time, self.daemon) = (project, time, daemon)
    }
}
