/// When something is due: a cron line in the strategy's time zone, "every 4h", or "on-change".
package enum Schedule: Sendable, Equatable {
    case every(Duration)
    case onChange

    /// Why a text is no schedule, as the end of a sentence that begins with the text.
    package struct Problem: Error, Sendable, Equatable {
        package var text: String
    }

    package init(parsing text: String) throws(Problem) {
        switch text {
        case "on-change": self = .onChange
        case "every 4h": self = .every(.seconds(4 * 3600))
        default: throw Problem(text: "is no schedule")
        }
    }
}
