/// Somebody who is told (CON-1, CON-2).
package struct Contact: Sendable, Equatable {
    package var name: String
    /// What he is to the strategy: backup-administrator, security-lead, technical-lead, compliance-officer, support, security-team,
    /// database-team, infrastructure-team, or a word of one's own.
    package var roles: [String]
    /// All of them are used.
    package var channels: [Channel]

    package init(name: String, roles: [String], channels: [Channel]) {
        (self.name, self.roles, self.channels) = (name, roles, channels)
    }

    /// How somebody is reached.
    package enum Channel: Sendable, Equatable {
        case email(address: String)
        /// Signed with the secret in the file.
        case webhook(url: String, secretFile: String)
        /// Gets the message on its standard input.
        case command([String])
    }
}

/// How bad it is, in ascending order.
package enum Severity: String, Sendable, CaseIterable, Comparable {
    case info, warning, error, critical

    package static func < (x: Severity, y: Severity) -> Bool { x.rank < y.rank }
    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// Who is told of what, and what follows when nobody answers.
package struct NotificationPlan: Sendable, Equatable {
    /// Every one that fits is followed.
    package struct Route: Sendable, Equatable {
        package var from: Severity
        /// Roles or names of contacts.
        package var to: [String]
        /// Only these events, by the beginning of their names ("backup" means "backup.failed" too); empty for all.
        package var events: [String] = []
        package init(from: Severity, to: [String], events: [String] = []) {
            (self.from, self.to, self.events) = (from, to, events)
        }
    }

    /// Somebody more is told when nobody has acknowledged after so long.
    package struct Escalation: Sendable, Equatable {
        package var from: Severity
        package var after: Duration
        package var to: [String]
        package init(from: Severity, after: Duration, to: [String]) {
            (self.from, self.after, self.to) = (from, after, to)
        }
    }

    package struct MailServer: Sendable, Equatable {
        /// smtps://HOST:PORT, or smtp://HOST:PORT with STARTTLS required.
        package var url: String
        package var from: String
        package var user: String?
        package var passwordFile: String?
        /// PEM, for a server whose certificate the system does not know.
        package var authorityFile: String?
        package init(url: String, from: String) { (self.url, self.from) = (url, from) }
    }

    package struct DeadManPing: Sendable, Equatable {
        /// Asked for as long as all is well. Either the address, or the file that holds it where it is a secret.
        package var url: String?
        package var urlFile: String?
        package var every: Duration
        package init(every: Duration) { self.every = every }
    }

    package struct Metrics: Sendable, Equatable {
        /// For node_exporter's textfile collector.
        package var textfile: String?
        /// HOST:PORT. Beyond this host only over TLS.
        package var listen: String?
        /// PEM.
        package var certificateFile: String?
        package var keyFile: String?
        package init() {}
    }

    package var mailServer: MailServer?
    /// PEM, for webhooks and dead-man addresses whose certificates the system does not know.
    package var authorityFile: String?
    package var routes: [Route] = []
    package var escalations: [Escalation] = []
    /// Below this severity messages are gathered into one.
    package var digestBelow: Severity = .error
    package var digestEvery: Duration = .seconds(3600)
    /// When a report of what went well is sent, so that silence is alarming.
    package var successReport: Schedule?
    package var deadMan: DeadManPing?
    package var metrics = Metrics()

    package init() {}
}
