import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageStatusCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show where a repository lies and how it is reached.",
        discussion: """
            The connection, how long a request takes, how far the clocks are apart, versions, locks, and what keeps a taken name as it
            is. A handful of requests; nothing is written. 'safehold storage probe' tries what this only asks.

              safehold storage status
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let store = try session.surroundings.openStore(try session.location(repositoryOptions))
        let report = try StoreStatus.run(
            permit: try session.permit(StorageAction.self, in: repositoryOptions), store: store,
            clock: session.surroundings.clock)
        if session.output.json {
            session.output.record("store") { $0.set(report.location, report.facts, report.timing) }
        } else {
            session.output.lines(StoreText.lines(report.location, report.facts, report.timing))
        }
        return .done
    }
}

extension JSONObject {
    mutating func set(_ location: String, _ facts: StoreKnowledge, _ timing: StoreTiming?) {
        set("location", location)
        set("kind", facts.kind)
        set("encryption", facts.encryption)
        set("hybrid_key_exchange", facts.takesHybridKeyExchange)
        set("versions", facts.versions)
        set("locks", facts.locks)
        set("default_retention_mode", facts.defaultRetentionMode)
        set("default_retention_days", facts.defaultRetentionDays)
        set("taken_names", facts.takenNames.rawValue)
        set("requests", facts.requests)
        set("requests_at_once", facts.requestsAtOnce)
        if let timing {
            set("round_trip_seconds", seconds: timing.roundTripSeconds)
            set("clock_ahead_seconds", seconds: timing.clockAheadSeconds)
        }
    }
}

/// What is known of a store, in lines for people.
enum StoreText {
    static func lines(_ location: String, _ facts: StoreKnowledge, _ timing: StoreTiming?) -> [String] {
        var lines = [row("place", location), row("kind", facts.kind)]
        if let timing {
            lines.append(row("connection", connection(facts)))
            lines.append(row("round trip", "\((timing.roundTripSeconds * 10_000).rounded() / 10) ms"))
            lines.append(row("clock", clock(timing.clockAheadSeconds)))
        }
        if let versions = facts.versions { lines.append(row("versions", versions)) }
        lines.append(row("object lock", locks(facts)))
        lines.append(row("taken names", takenNames(facts)))
        if let requests = facts.requests, let atOnce = facts.requestsAtOnce {
            lines.append(row("requests", "\(requests) made by this command, up to \(atOnce) at once"))
        }
        return lines
    }

    private static func row(_ name: String, _ value: String) -> String {
        "\(name):" + String(repeating: " ", count: max(1, 14 - name.count)) + value
    }

    private static func connection(_ facts: StoreKnowledge) -> String {
        guard let encryption = facts.encryption else { return "not encrypted, which stays on this machine" }
        switch facts.takesHybridKeyExchange {
        case true?: return "\(encryption), keys exchanged by X25519MLKEM768"
        case false?: return "\(encryption); the server does not take X25519MLKEM768"
        case nil: return encryption
        }
    }

    private static func clock(_ ahead: Double) -> String {
        guard abs(ahead) >= 2 else { return "as here, to a second" }
        return
            "\(Text.counted(UInt64(abs(ahead)), "second", "seconds")) \(ahead > 0 ? "ahead of" : "behind") this host's"
    }

    private static func locks(_ facts: StoreKnowledge) -> String {
        guard facts.locks else { return "none" }
        guard let days = facts.defaultRetentionDays, let mode = facts.defaultRetentionMode else {
            return "on, no default retention"
        }
        return "on, everything for \(days) days in \(mode) mode unless it says otherwise"
    }

    private static func takenNames(_ facts: StoreKnowledge) -> String {
        switch facts.takenNames {
        case .fileSystem: "refused by the file system"
        case .firstVersion: "the first version of a name is the object"
        case .condition: "refused by the server's condition"
        case .nothing: "not refused: nobody may collect here"
        case .untried: "refused if the server keeps its word; 'safehold storage probe' tries it"
        }
    }
}
