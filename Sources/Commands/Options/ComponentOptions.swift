import ArgumentParser
import Operations
import Primitives
import Strategy

/// As of when components are meant, and whose.
struct ComponentOptions: ParsableArguments {
    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "The set of this time, as 20261125T000000Z: the snapshots with the tag set=TIMESTAMP.",
            valueName: "timestamp"))
    var setTime: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Of each component the newest complete snapshot of this time or before, as 2026-11-25T00:00:00Z.",
            valueName: "time"))
    var at: String?

    @Flag(name: .long, help: "Of each component the newest complete snapshot, whatever set it belongs to.")
    var latest = false

    @Option(
        name: .long,
        help: ArgumentHelp("Of this host, where several have components of one name.", valueName: "name"))
    var host: String?

    var isGiven: Bool { setTime != nil || at != nil || latest || host != nil }

    func request(_ components: [String]) throws -> ComponentRequest {
        guard [setTime != nil, at != nil, latest].filter({ $0 }).count <= 1 else {
            throw Failure(
                .usage, "More than one moment was given.", advice: "Pass one of --set, --at and --latest, or none.")
        }
        return ComponentRequest(try moment, components: components, host: host)
    }

    private var moment: SetSelection.Moment {
        get throws {
            if let setTime { return .set(try stamp(setTime, "--set")) }
            if let at { return .at(try Timestamp(description: at) ?? stamp(at, "--at").time) }
            return latest ? .latest : .newestSet
        }
    }

    private func stamp(_ text: String, _ option: String) throws -> SetStamp {
        guard let stamp = SetStamp(text) else {
            throw Failure(
                .usage, "'\(text)' is not a time for \(option).",
                advice: option == "--set"
                    ? "Write it as 20261125T000000Z, in UTC."
                    : "Write it as 2026-11-25T00:00:00Z or 20261125T000000Z, in UTC.")
        }
        return stamp
    }
}
