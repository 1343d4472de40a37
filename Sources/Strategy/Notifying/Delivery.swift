import Primitives

/// A notice on its way to one contact, over all of his channels.
package struct Delivery: Sendable, Equatable {
    package enum State: String, Sendable { case waiting, delivered, givenUp }

    package struct Progress: Sendable, Equatable {
        package var channel: Contact.Channel
        package var state: State = .waiting
        package var attempts = 0
        /// Not before then.
        package var next: Timestamp
        /// An attempt was begun then, and nobody knows yet how it ended.
        package var begun: Timestamp?
        package var isHopeless = false
        package var error: String?

        package init(_ channel: Contact.Channel, next: Timestamp) { (self.channel, self.next) = (channel, next) }
    }

    package var number: Int64
    package var notice: Notice
    package var channels: [Progress]
    /// Somebody else was told that this contact cannot be reached.
    package var isForwarded = false

    package init(_ number: Int64, _ notice: Notice, over channels: [Contact.Channel]) {
        (self.number, self.notice) = (number, notice)
        self.channels = channels.map { Progress($0, next: notice.made) }
    }

    package var contact: String { notice.contact }
    package var isReached: Bool { channels.contains { $0.state == .delivered } }
    package var isFinished: Bool { channels.allSatisfy { $0.state != .waiting } }
    /// Something was tried, and nothing worked so far.
    var isFailing: Bool { !isReached && channels.contains { $0.error != nil } }

    func isUnreachable(after attempts: Int) -> Bool {
        !isReached && channels.allSatisfy { $0.begun == nil && ($0.isHopeless || $0.attempts >= attempts) }
    }
}

/// One message that is to be sent now, over one channel. Whoever sends it says afterwards how that ended.
package struct DeliveryAttempt: Sendable, Equatable {
    package var delivery: Int64
    package var attempt: Int
    package var channel: Contact.Channel
    package var notice: Notice
    /// Is the same in every attempt, so that whoever gets it twice can know.
    package var identifier: String
    /// What messages about one incident have in common.
    package var thread: String?
}

/// How an attempt ended.
package enum DeliveryOutcome: Sendable, Equatable {
    case delivered
    /// `isHopeless`: as things are set up it cannot work, so it is tried seldom.
    case failed(String, isHopeless: Bool = false, retryAfter: Duration? = nil)
}

/// For the book: who was told of what, or was not.
package struct ToldRecord: Sendable, Equatable {
    package var time: Timestamp
    package var contact: String
    package var channel: String
    package var severity: Severity
    package var kinds: [String]
    package var incidents: [Int64]
    package var attempts: Int
    /// Nil where it arrived.
    package var error: String?
}

extension Contact.Channel {
    /// Names it in lists, without what is secret in it: an address on the web may hold a token.
    package var name: String {
        switch self {
        case .email(let address): "email \(address)"
        case .webhook(let url, _): "webhook \(Self.host(url))"
        case .command(let words): "command \(words.first ?? "")"
        }
    }

    private static func host(_ url: String) -> String {
        let rest = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        let host = rest.prefix { !"/?#".contains($0) }
        return String(host.split(separator: "@", omittingEmptySubsequences: false).last ?? "")
    }
}
