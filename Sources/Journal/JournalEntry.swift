import Primitives

/// Something that the log says. No secret is in it: whoever writes one gives names and numbers, never contents of files or settings.
package struct JournalEntry: Sendable, Equatable {
    /// As syslog(3) numbers them.
    package enum Level: Int, Sendable, CaseIterable, Comparable {
        case critical = 2
        case error = 3
        case warning = 4
        case notice = 5
        case info = 6
        case debug = 7

        package var name: String { "\(self)" }
        /// The worse one is greater.
        package static func < (x: Level, y: Level) -> Bool { x.rawValue > y.rawValue }
    }

    /// What it is about, for who searches: `journalctl SAFEHOLD_COMPONENT=database`.
    package enum Field: String, Sendable, CaseIterable {
        case component, store, run, job, code, event, incident, contact, snapshot, stamp, duration
    }

    package var time: Timestamp
    package var level: Level
    /// A sentence.
    package var message: String
    package var fields: [Field: String]

    package init(_ level: Level, _ message: String, at time: Timestamp, _ fields: [Field: String] = [:]) {
        (self.level, self.message, self.time, self.fields) = (level, message, time, fields)
    }

    /// Of an error, with what to do.
    package init(_ level: Level, _ failure: Failure, at time: Timestamp, _ fields: [Field: String] = [:]) {
        var fields = fields
        fields[.code] = failure.code.rawValue
        self.init(level, "\(failure.message) \(failure.advice)", at: time, fields)
    }

    var sortedFields: [(field: Field, value: String)] {
        Field.allCases.compactMap { field in fields[field].map { (field, $0) } }
    }
}
