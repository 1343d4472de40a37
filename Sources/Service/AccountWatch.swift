import Identity
import Operations
import Primitives
import Strategy

/// Tells those who keep security of accounts that were closed after wrong attempts, and of whoever has what is another's (21 CFR 11.300(d)).
struct AccountWatch {
    private struct Alarm {
        var subject: AlarmBook.Subject
        var name: String?
        var count: UInt64
        var isOpen: Bool
    }

    /// Login names; nil before the first look, when it is not known what a daemon before this one told.
    private var closed: Set<String>?
    /// How often each alarm had come about when it was told of; 0 for one that is over.
    private var told: [AlarmBook.Subject: UInt64] = [:]

    mutating func look(_ surroundings: Surroundings, at now: Timestamp) throws -> [News] {
        guard GuardedState(surroundings.hostState) != nil else { return [] }
        let (people, alarms) = try surroundings.identity.look { state, _, moment in
            (
                state.directory.people.values.map { person in
                    (
                        person.name.description,
                        person.isActive && state.standing(of: person.id, now: moment).lockedFor != nil
                    )
                },
                state.alarms.alarms.map { subject, alarm in
                    Alarm(
                        subject: subject,
                        name: subject.person.flatMap { state.directory.people[$0]?.name.description },
                        count: alarm.count, isOpen: state.alarms.isOpen(alarm, at: moment))
                }
            )
        }
        return locks(people, at: now) + raised(alarms, at: now)
    }

    private mutating func locks(_ people: [(String, Bool)], at now: Timestamp) -> [News] {
        let closed = Set(people.filter(\.1).map(\.0))
        let opened = (self.closed ?? Set(people.map(\.0))).subtracting(closed)
        let new = closed.subtracting(self.closed ?? [])
        self.closed = closed
        return new.sorted().map { .wrong(AccountNews.locked($0, at: now)) }
            + opened.sorted().map { .right(AccountNews.key($0)) }
    }

    private mutating func raised(_ alarms: [Alarm], at now: Timestamp) -> [News] {
        alarms.sorted { $0.subject.kind.rawValue < $1.subject.kind.rawValue }.compactMap { alarm in
            let count = alarm.isOpen ? alarm.count : 0
            guard told[alarm.subject] != count else { return nil }
            told[alarm.subject] = count
            let event = AccountNews.alarm(alarm.subject.kind, alarm.name, times: alarm.count, at: now)
            return alarm.isOpen ? .wrong(event) : .right(event.key)
        }
    }
}

/// What is told of accounts.
enum AccountNews {
    static func key(_ name: String) -> String { "account/\(name)" }

    static func locked(_ name: String, at now: Timestamp) -> Event {
        Event(
            .accountLocked, key(name), .critical, at: now, "The account '\(name)' is closed after wrong attempts.",
            meaning:
                "Somebody forgot what he shows, or somebody else tries to be him. It opens by itself after a while.",
            advice:
                "Ask him. 'safehold audit search --person \(name)' and '--act login' show the attempts; 'safehold users lost' and 'users remove' close it for good."
        )
    }

    static func alarm(_ kind: AlarmBook.Kind, _ name: String?, times: UInt64, at now: Timestamp) -> Event {
        let who = name ?? "somebody who is gone"
        let often = times == 1 ? "" : " This is the \(times). time."
        return switch kind {
        case .stolenSession:
            Event(
                .accountStolen, "session/\(who)", .critical, at: now,
                "A session of '\(who)' was used on another machine than the one that it began on.\(often)",
                meaning: "Somebody has a copy of its token and of this host's state. The session has ended.",
                advice:
                    "Ask whose it was. 'safehold audit search --outcome not-signed-in' shows when it was tried; 'safehold users remove' closes the account."
            )
        case .stolenCredential:
            Event(
                .accountStolen, "credential/\(who)", .critical, at: now,
                "The credential of the service '\(who)' was used on another machine than the one that it was made for.\(often)",
                meaning: "Somebody has a copy of it and of this host's state. It was not taken.",
                advice:
                    "'safehold users lost \(who)' ends it. 'safehold audit search --outcome not-signed-in' shows when it was tried."
            )
        case .foreignSigning:
            Event(
                .accountSigning, "signing/\(who)", .critical, at: now,
                "In the session of '\(who)' somebody tried to sign under another name.\(often)",
                meaning: "Somebody sits at a session that is not his, or mistyped his own name. Nothing was signed.",
                advice: "Ask both. 'safehold audit search --act sign --outcome refused' shows the attempts.")
        case .passwordGiven:
            Event(
                .accountReset, "password/\(who)", .warning, at: now,
                "'\(who)' was given another password by others, in place of his own.\(often)",
                meaning: "Until he chooses his own, whoever has it can come in as him, and signs nothing for a day.",
                advice:
                    "Ask him whether he wanted it. 'safehold audit search --act users-reset' shows who asked and who agreed; 'safehold users remove' closes the account."
            )
        case .unknownNames:
            Event(
                .accountUnknown, "account-names", .error, at: now,
                "Five times within a quarter of an hour somebody tried to sign in under names that nobody has.\(often)",
                meaning: "Somebody is looking for an account.",
                advice: "'safehold audit search --act login --outcome refused' shows from which account of this host.")
        }
    }
}
