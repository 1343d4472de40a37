import Primitives
import WriteAheadLog

/// What a server says of its log, and of who gets it. What it did not tell is nil.
package struct LogServerStanding: Sendable, Equatable {
    package struct Slot: Sendable, Equatable {
        package var name: String
        package var facts: LogSlot
        /// Whether somebody receives by it.
        package var isActive: Bool?

        package init(name: String, facts: LogSlot, isActive: Bool? = nil) {
            (self.name, self.facts, self.isActive) = (name, facts, isActive)
        }
    }

    /// A file of its log, and when it was archived or was not.
    package struct Event: Sendable, Equatable {
        package var file: String
        package var time: Timestamp

        package init(file: String, time: Timestamp) { (self.file, self.time) = (file, time) }
    }

    /// archive_mode.
    package enum ArchiveMode: String, Sendable { case off, on, always }

    /// What the server does to have its log archived.
    package struct Archiver: Sendable, Equatable {
        package var mode: ArchiveMode
        package var command: String?
        /// From version 15 on; empty where there is none.
        package var library: String?
        package var archived: Event?
        package var failed: Event?

        package init(mode: ArchiveMode) { self.mode = mode }
    }

    package var systemIdentifier: UInt64
    package var version: String
    package var isStandby: Bool?
    /// How far its log goes.
    package var position: LogSequenceNumber
    package var segmentSize: SegmentSize
    /// Those of the slots that were asked for that it has.
    package var slots: [Slot]
    package var archiver: Archiver

    package init(
        systemIdentifier: UInt64, version: String, position: LogSequenceNumber, segmentSize: SegmentSize,
        slots: [Slot], archiver: Archiver
    ) {
        (self.systemIdentifier, self.version, self.position) = (systemIdentifier, version, position)
        (self.segmentSize, self.slots, self.archiver) = (segmentSize, slots, archiver)
    }
}
