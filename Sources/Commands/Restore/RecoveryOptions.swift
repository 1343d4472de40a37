import ArgumentParser
import Operations
import Primitives
import Strategy
import WriteAheadLog

/// To which point a PostgreSQL server is recovered, and where.
struct RecoveryOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("Recover a PostgreSQL server to this time, with its zone.", valueName: "time"))
    var targetTime: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Recover to this position in the log, such as 0/3000148.", valueName: "position"))
    var targetLsn: String?

    @Option(name: .long, help: ArgumentHelp("Recover to the commit of this transaction.", valueName: "number"))
    var targetXid: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Recover to this point, made by pg_create_restore_point.", valueName: "name"))
    var targetName: String?

    @Flag(name: .long, help: "Recover to the end of the base backup, and no further.")
    var targetImmediate = false

    @Flag(name: .long, help: "Recover to the end of what is archived. The default of a recovery.")
    var targetEnd = false

    @Flag(name: .long, help: "Stop right before the target instead of right behind it.")
    var targetExclusive = false

    @Option(
        name: .long,
        help: ArgumentHelp("Along which timeline: latest (the default), current, or its number.", valueName: "which"))
    var targetTimeline: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "What the server does at the target: pause (the default: it can be read), promote, shutdown.",
            valueName: "what"))
    var targetAction: RecoveryAction?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where a tablespace goes, by its number or its old directory; once for each. Default: where it was.",
            valueName: "oid-or-olddir=newdir"))
    var tablespaceMapping: [String] = []

    @Flag(
        name: .long,
        help: "Make the data directory named by --to into the base backup: only blocks that differ are written.")
    var inPlace = false

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the server's programs are, for --verify. Looked for by default.", valueName: "dir"),
        completion: .directory)
    var serverPrograms: String?

    /// Whether a recovery is meant, and not a restore of files.
    var isGiven: Bool {
        targetTime != nil || targetLsn != nil || targetXid != nil || targetName != nil || targetImmediate || targetEnd
            || targetExclusive || targetTimeline != nil || targetAction != nil || !tablespaceMapping.isEmpty || inPlace
            || serverPrograms != nil
    }

    var target: RecoveryTarget {
        get throws {
            let given = [
                targetTime != nil, targetLsn != nil, targetXid != nil, targetName != nil, targetImmediate, targetEnd,
            ]
            guard given.filter({ $0 }).count <= 1 else {
                throw Failure(
                    .usage, "More than one target of a recovery was given.",
                    advice:
                        "Pass one of --target-time, --target-lsn, --target-xid, --target-name, --target-immediate and --target-end."
                )
            }
            if let targetTime { return .time(try Self.time(targetTime)) }
            if let targetLsn { return .position(try Self.position(targetLsn)) }
            if let targetXid { return .transaction(try Self.transaction(targetXid)) }
            if let targetName { return .name(try Self.name(targetName)) }
            return targetImmediate ? .immediate : .end
        }
    }

    private static func time(_ text: String) throws -> Timestamp {
        do {
            return try RecoveryTime.parse(text)
        } catch {
            throw error == .noZone
                ? Failure(
                    .usage, "The time '\(text)' has no zone, and the server's may be another than yours.",
                    advice: "Write it as '\(text)+00' or '\(text)Z' for UTC, or with your offset: '\(text)+01'.")
                : Failure(
                    .usage, "'\(text)' is not a time.",
                    advice: "Write it as '2026-11-27 10:00:00+00' or 2026-11-27T10:00:00Z.")
        }
    }

    private static func position(_ text: String) throws -> LogSequenceNumber {
        guard let position = LogSequenceNumber(text) else {
            throw Failure(
                .usage, "'\(text)' is not a position in a write-ahead log.",
                advice: "Write it as pg_current_wal_lsn() gives it: 0/3000148.")
        }
        return position
    }

    private static func transaction(_ text: String) throws -> UInt64 {
        guard let number = UInt64(text), number & 0xFFFF_FFFF > 2 else {
            throw Failure(
                .usage, "'\(text)' is not a transaction's number.",
                advice: "Give the number as pg_current_xact_id() has it, in decimal digits.")
        }
        return number
    }

    private static func name(_ text: String) throws -> String {
        guard (1...63).contains(text.utf8.count) else {
            throw Failure(
                .usage, "The name of a restore point has 1 to 63 bytes, and this one has \(text.utf8.count).",
                advice: "Give the name as it was given to pg_create_restore_point.")
        }
        return text
    }

    var timeline: RecoveryTimeline {
        get throws {
            guard let targetTimeline else { return .latest }
            guard let timeline = RecoveryTimeline(targetTimeline) else {
                throw Failure(
                    .usage, "'\(targetTimeline)' is not a timeline.",
                    advice: "Give latest, current, or a number such as 2.")
            }
            return timeline
        }
    }

    /// OLD=NEW, where a '=' that is part of a directory's name has a backslash before it.
    func mappings() throws -> [TablespaceMapping] {
        try tablespaceMapping.map { text in
            guard let mapping = TablespaceMapping(text), mapping.target.hasPrefix("/") else {
                throw Failure(
                    .usage, "'\(text)' does not say where a tablespace goes.",
                    advice: "Write it as 16400=/srv/fast or /mnt/old=/srv/fast, with absolute directories.")
            }
            return mapping
        }
    }
}

extension RecoveryAction: ExpressibleByArgument {}
