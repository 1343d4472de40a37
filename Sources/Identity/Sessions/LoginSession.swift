import Primitives
import Sealing

package enum LoginTag {}
package typealias LoginSessionID = Identifier<LoginTag>

package enum LoginPurpose: Sendable, Equatable {
    case work
    /// To choose a password or to enrol an authenticator, and for nothing else.
    case settingUp
}

package struct SessionLimits: Sendable, Equatable {
    package var idle = Duration.minutes(15)
    package var whole = Duration.hours(12)
    /// How long a second factor counts as shown just now.
    package var presence = Duration.minutes(5)

    package init() {}
}

/// Why a session does not go on.
package enum SessionEnd: Error, Sendable, Equatable, CaseIterable {
    /// There is none, or it was ended.
    case unknown
    case idle
    case over
    /// The host was started anew.
    case restarted
    /// The token came from another host than the one that it was given to.
    case otherHost

    /// Somebody has what is another's.
    package var isAlarming: Bool { self == .otherHost }
}

/// Somebody is signed in at a host.
package struct LoginSession: Sendable, Equatable {
    /// By what it began.
    package enum Beginning: UInt8, Sendable, Equatable, CaseIterable {
        /// Password and second factor of his here.
        case credentials
        /// A provider's word, and his second factor here.
        case provider
        /// A provider's word, which says that he showed a second factor there. None was shown here since.
        case providerAlone
    }

    package let id: LoginSessionID
    package let person: PersonID
    package let purpose: LoginPurpose
    package internal(set) var beginning = Beginning.credentials
    /// A digest of what tells the host from others.
    package let host: Digest32
    package let began: Moment
    package internal(set) var seen: Moment
    /// When the second factor was shown last.
    package internal(set) var proven: Moment

    func end(under limits: SessionLimits, on host: Digest32, at now: Moment) -> SessionEnd? {
        if !ConstantTime.areEqual(host, self.host) { return .otherHost }
        if !now.isSameStart(as: began) { return .restarted }
        if now.longest(since: began) > limits.whole { return .over }
        return now.longest(since: seen) > limits.idle ? .idle : nil
    }
}

/// That a person has shown the second factor, minutes ago at most. Only a session gives one.
package struct Presence: Sendable, Equatable {
    package let person: PersonID
    package let session: LoginSessionID
    let proven: Moment
    let lifetime: Duration

    func isFresh(at now: Moment) -> Bool { now.longest(since: proven) <= lifetime }
}

/// Why a session does not let somebody do something.
package enum DoorRefusal: Error, Sendable, Equatable {
    case access(AccessRefusal)
    /// A password is to be chosen first, or an authenticator enrolled.
    case settingUp
    /// The second factor is wanted again.
    case presenceNeeded
    /// His authenticator has shown no code for a year.
    case testDue
}

extension LoginSession {
    /// Nil when this session may be used for it.
    package func refusal(
        for act: Act, on target: Target, directory: Directory, limits: SessionLimits, at now: Moment
    ) -> DoorRefusal? {
        if let refusal = directory.refusal(of: person, act, on: target) { return .access(refusal) }
        guard purpose == .work else { return .settingUp }
        return act.needsPresence && presence(under: limits, at: now) == nil ? .presenceNeeded : nil
    }

    package func presence(under limits: SessionLimits, at now: Moment) -> Presence? {
        let presence = Presence(person: person, session: id, proven: proven, lifetime: limits.presence)
        // What ends or opens something takes the second factor of this house.
        guard purpose == .work, beginning != .providerAlone else { return nil }
        return presence.isFresh(at: now) ? presence : nil
    }
}
