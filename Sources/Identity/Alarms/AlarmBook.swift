import Primitives
import Sealing

/// What those who keep security are told of at once (21 CFR 11.300(d)), beside accounts that are closed: somebody has what is another's, is looking
/// for it, or was given it. It is kept, for who notices it is seldom who tells of it.
package struct AlarmBook: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A session's token came from another host than the one that it was given to.
        case stolenSession = "stolen-session"
        /// A service's credential came from another machine than the one that it was made for.
        case stolenCredential = "stolen-credential"
        /// In somebody's session somebody tried to sign as another.
        case foreignSigning = "foreign-signing"
        /// Others gave somebody a password in place of his own.
        case passwordGiven = "password-given"
        /// Several signed in under names that nobody has.
        case unknownNames = "unknown-names"
    }

    package struct Subject: Hashable, Sendable {
        package let kind: Kind
        /// Whose session or credential it was; nil where there is none.
        package let person: PersonID?
    }

    package struct Alarm: Sendable, Equatable {
        /// How often it came about; it only grows.
        package internal(set) var count: UInt64
        package internal(set) var last: Moment
    }

    /// So many names that nobody has, within that time, are an alarm. One is somebody who mistyped his own.
    static let (attempts, within) = (5, Duration.minutes(15))
    /// So long after it came about last an alarm is over.
    static let lasting = Duration.days(1)

    package internal(set) var alarms: [Subject: Alarm] = [:]
    /// Of sign-ins under names that nobody has, those since the last alarm; the latest last.
    var strangers: [Moment] = []

    package init() {}

    mutating func raise(_ kind: Kind, of person: PersonID? = nil, at now: Moment) {
        let subject = Subject(kind: kind, person: person)
        alarms[subject] = Alarm(count: (alarms[subject]?.count ?? 0) + 1, last: now)
    }

    /// Somebody tried to sign in under a name that nobody has.
    mutating func stranger(at now: Moment) {
        // By the time that has passed for certain: a clock that is set forward hides nobody.
        strangers = strangers.filter { now.shortest(since: $0) <= Self.within } + [now]
        guard strangers.count >= Self.attempts else { return }
        strangers = []
        raise(.unknownNames, at: now)
    }

    /// Whether an alarm is still one.
    package func isOpen(_ alarm: Alarm, at now: Moment) -> Bool { now.shortest(since: alarm.last) < Self.lasting }
}

extension IdentityState {
    /// Goes on with a session. That its token came from another host is an alarm.
    mutating func session(
        of token: borrowing SecretBytes, at doorstep: Doorstep, now: Moment
    ) throws(SessionEnd) -> LoginSession {
        let owner = sessions.owner(of: token)
        do {
            return try sessions.use(token, on: doorstep.host, at: now)
        } catch {
            if error.isAlarming { alarms.raise(.stolenSession, of: owner, at: now) }
            throw error
        }
    }
}

extension AlarmBook {
    static let key = Array("alarms".utf8)

    /// Nil as long as there was none.
    var row: KeptRow? {
        guard !alarms.isEmpty || !strangers.isEmpty else { return nil }
        return KeptRow(.note, Self.key) { writer in
            let all = alarms.sorted { x, y in
                (x.key.kind.rawValue, x.key.person?.hex ?? "") < (y.key.kind.rawValue, y.key.person?.hex ?? "")
            }
            writer.list(all) { writer, alarm in
                writer.counted(alarm.key.kind.rawValue)
                writer.optional(alarm.key.person) { $0.raw($1.bytes) }
                writer.u64(alarm.value.count)
                writer.moment(alarm.value.last)
            }
            writer.list(strangers) { $0.moment($1) }
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            var book = AlarmBook()
            let all = try reader.list { (reader) throws(EncodingError) in
                let kind: Kind = try reader.word { Kind(rawValue: $0) }
                let person = try reader.optional { (reader) throws(EncodingError) -> PersonID in
                    try reader.identifier()
                }
                let count = try reader.u64()
                return (Subject(kind: kind, person: person), Alarm(count: count, last: try reader.moment()))
            }
            for (subject, alarm) in all { book.alarms[subject] = alarm }
            book.strangers = try reader.list { (reader) throws(EncodingError) in try reader.moment() }
            return book
        }
    }
}
