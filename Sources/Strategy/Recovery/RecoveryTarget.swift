import Primitives
import WriteAheadLog

/// The point to which a server is to be recovered.
package enum RecoveryTarget: Sendable, Equatable {
    /// All that the archive has.
    case end
    /// As soon as the base backup is consistent.
    case immediate
    case time(Timestamp)
    case position(LogSequenceNumber)
    /// The commit of a transaction, by its number.
    case transaction(UInt64)
    /// Made by pg_create_restore_point.
    case name(String)

    /// Whether "right before it" means something.
    package var canBeExcluded: Bool {
        switch self {
        case .time, .position, .transaction: true
        case .end, .immediate, .name: false
        }
    }

    /// Whether nobody knows before the log is read where it is: not even whether it comes after a base backup.
    package var mayLieAnywhere: Bool {
        switch self {
        case .transaction, .name: true
        case .end, .immediate, .time, .position: false
        }
    }

    /// Behind "to".
    package var words: String {
        switch self {
        case .end: "the end of what is archived"
        case .immediate: "the end of the base backup"
        case .time(let time): time.preciseDescription
        case .position(let position): "position \(position)"
        case .transaction(let number): "transaction \(number)"
        case .name(let name): "the restore point '\(name)'"
        }
    }
}

/// Along which timeline.
package enum RecoveryTimeline: Sendable, Equatable, CustomStringConvertible {
    /// The newest that the archive knows to come after the base backup's.
    case latest
    /// The base backup's own.
    case current
    case number(UInt32)

    /// Nil for a text that is none. Numbers are decimal, as the setting takes them.
    package init?(_ text: String) {
        switch text {
        case "latest": self = .latest
        case "current": self = .current
        default:
            guard let number = UInt32(text), number > 0 else { return nil }
            self = .number(number)
        }
    }

    package var description: String {
        switch self {
        case .latest: "latest"
        case .current: "current"
        case .number(let number): String(number)
        }
    }
}

/// What a server does once it is there.
package enum RecoveryAction: String, Sendable, CaseIterable {
    /// It waits, and can be read; pg_wal_replay_resume() lets it go on as promoted.
    case pause
    case promote
    case shutdown
}

/// Where a tablespace goes.
package struct TablespaceMapping: Sendable, Equatable {
    package enum Origin: Sendable, Equatable {
        case oid(UInt32)
        case directory(String)
    }

    package var origin: Origin
    package var target: String

    package init(origin: Origin, target: String) { (self.origin, self.target) = (origin, target) }

    /// OID=DIR or OLDDIR=NEWDIR; a backslash stands before a '=' that is part of a name, as pg_basebackup has it.
    package init?(_ text: String) {
        var parts = [""]
        var isEscaped = false
        for character in text {
            if isEscaped || (character != "=" && character != "\\") {
                if isEscaped, character != "=" { parts[parts.count - 1].append("\\") }
                parts[parts.count - 1].append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                parts.append("")
            }
        }
        guard parts.count == 2, !isEscaped, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        origin = UInt32(parts[0]).map { .oid($0) } ?? .directory(parts[0])
        target = parts[1]
    }
}
