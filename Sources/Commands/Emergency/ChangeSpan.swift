import Primitives

/// When it is asked who was about: from an hour before the first change behind an alarm to a minute after the last.
struct ChangeSpan {
    var since: Timestamp
    var until: Timestamp

    /// Of what 'anomalies timeline --json' printed.
    static func all(in text: String) throws -> [ChangeSpan] {
        try text.split(whereSeparator: \.isNewline).compactMap { line in
            let json = try JSON(parsing: Array(line.utf8))
            guard json["type"]?.text == "timeline",
                let began = json["began"]?.text.flatMap(Timestamp.init(precise:)),
                let ended = json["ended"]?.text.flatMap(Timestamp.init(precise:))
            else { return nil }
            return ChangeSpan(since: began.later(by: .seconds(-3600)), until: ended.later(by: .seconds(60)))
        }
    }
}
