import Primitives

/// Something that people are told of.
package struct Event: Sendable, Equatable {
    package var kind: EventKind
    /// Names the thing that it happened to ("backup/documentation"): what is wrong with one thing is one incident.
    package var key: String
    package var severity: Severity
    package var time: Timestamp
    /// What happened, to what: one sentence.
    package var summary: String
    /// What it means: "The newest good backup is 7 h old; the objective is 4 h." Nil for what its kind says.
    package var meaning: String?
    /// What to do.
    package var advice: String?
    /// Whatever else helps: the text of an error, some lines of a log. Never a secret.
    package var detail: String?
    /// A report that stands in the message as it is.
    package var document: Document?

    package init(
        _ kind: EventKind, _ key: String, _ severity: Severity, at time: Timestamp, _ summary: String,
        meaning: String? = nil, advice: String? = nil, detail: String? = nil, document: Document? = nil
    ) {
        (self.kind, self.key, self.severity, self.time, self.summary) = (kind, key, severity, time, summary)
        (self.meaning, self.advice, self.detail, self.document) = (meaning, advice, detail, document)
    }

    package struct Document: Sendable, Equatable {
        package var text: String
        /// A part of a page: what stands between <body> and </body>.
        package var html: String

        package init(text: String, html: String) { (self.text, self.html) = (text, html) }
    }
}

/// Something that is wrong and lasts, until it is over.
package struct OpenIncident: Sendable, Equatable {
    package struct Acknowledgement: Sendable, Equatable {
        package var by: String
        package var time: Timestamp

        package init(by: String, time: Timestamp) { (self.by, self.time) = (by, time) }
    }

    /// What 'safehold notify acknowledge' takes.
    package var number: Int64
    /// The newest of it.
    package var event: Event
    /// The worst that it ever was.
    package var peak: Severity
    package var opened: Timestamp
    /// When it became as bad as `peak`: from then on others are waited for.
    package var raised: Timestamp
    package var seen: Timestamp
    package var occurrences: Int
    /// When people were last told that it is or lasts.
    package var told: Timestamp
    /// Names of the contacts who know of it, or will from what waits for them.
    package var audience: [String] = []
    /// The steps that were taken.
    package var escalations: [String] = []
    package var acknowledged: Acknowledgement?
}

/// How patient notifying is. All of it is in the documentation, and nothing of it can be set.
package struct NotificationPatience: Sendable, Equatable {
    /// So long is waited for what comes along with something urgent, and never longer than that.
    package var settling: Duration = .seconds(10)
    package var longestSettling: Duration = .seconds(120)
    /// More urgent things at once than these make one message.
    package var separately = 3
    /// So many messages to one contact within `calm`; then, or after a flood, they are gathered until it has passed.
    package var burst = 6
    package var calm: Duration = .seconds(600)
    /// Who was told is told again while it lasts.
    package var reminder: Duration = .seconds(86_400)
    package var acknowledgedReminder: Duration = .seconds(7 * 86_400)
    /// Between attempts: doubled each time, from the first to the last.
    package var firstRetry: Duration = .seconds(30)
    package var lastRetry: Duration = .seconds(3600)
    /// After so many attempts on every channel, somebody else is told that a contact cannot be reached.
    package var attemptsUntilUnreachable = 3
    /// A channel that still fails is given up when the contact was reached by another one.
    package var secondChannel: Duration = .seconds(86_400)

    package init() {}
}

extension Timestamp {
    /// Seconds since `earlier`.
    func seconds(since earlier: Timestamp) -> Double { Double(nanoseconds - earlier.nanoseconds) / 1e9 }
}
