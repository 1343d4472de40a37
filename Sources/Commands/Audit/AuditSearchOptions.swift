import ArgumentParser
import Audit
import Primitives

/// Which acts are meant; everything that is given has to hold.
struct AuditSearchOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("A user's name or number.", valueName: "name"))
    var person: String?

    @Option(name: .long, help: ArgumentHelp("A component.", valueName: "name"))
    var component: String?

    @Option(name: .long, help: ArgumentHelp("What was done, as 'audit log' has it.", valueName: "word"))
    var act: String?

    @Option(
        name: .long,
        help: ArgumentHelp("From this day or moment on: 2026-11-25, 2026-11-25T08:00:00Z.", valueName: "time"))
    var since: String?

    @Option(name: .long, help: ArgumentHelp("Up to this moment, or the end of this day.", valueName: "time"))
    var until: String?

    @Option(name: .long, help: ArgumentHelp("How it ended.", valueName: "word"))
    var outcome: String?

    @Option(name: .long, help: ArgumentHelp("A text in a name or a reason.", valueName: "text"))
    var text: String?

    func validate() throws {
        for (name, value) in [("--since", since), ("--until", until)] {
            guard let value, Self.time(value, endOfDay: false) == nil else { continue }
            throw ValidationError("\(name) is written as 2026-11-25 or 2026-11-25T08:00:00Z, in UTC.")
        }
    }

    var search: AuditSearch {
        var search = AuditSearch()
        (search.person, search.component, search.act) = (person, component, act)
        (search.outcome, search.text) = (outcome, text)
        search.since = since.flatMap { Self.time($0, endOfDay: false) }
        search.until = until.flatMap { Self.time($0, endOfDay: true) }
        return search
    }

    private static func time(_ text: String, endOfDay: Bool) -> Timestamp? {
        if let time = Timestamp(description: text) { return time }
        return Timestamp(description: text + (endOfDay ? "T23:59:59Z" : "T00:00:00Z")).map {
            Timestamp(nanoseconds: $0.nanoseconds + (endOfDay ? 999_999_999 : 0))
        }
    }
}
