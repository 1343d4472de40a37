import Strategy

/// Who is told of what.
struct NotificationReader {
    static let keys = [
        "mail", "authority-file", "routes", "escalation", "digest", "success-report", "dead-man", "metrics",
    ]

    private let members: Members
    private let base: [UInt8]
    private let contacts: [Contact]

    init(_ entry: Entry, base: [UInt8], contacts: [Contact]) {
        (self.base, self.contacts) = (base, contacts)
        members = entry.members(Self.keys, "a group of keys such as mail, routes and escalation")
    }

    func read() -> NotificationPlan {
        var plan = NotificationPlan()
        plan.mailServer = members["mail"].flatMap(mailServer)
        plan.authorityFile = members["authority-file"]?.pathText(from: base)
        plan.routes =
            members["routes"]?.items("a list of routes such as [{from: error, to: [backup-administrator]}]").compactMap(
                route) ?? []
        plan.escalations =
            members["escalation"]?.items("a list of steps such as [{from: error, after: 1h, to: [support]}]")
            .compactMap(step) ?? []
        if let digest = members["digest"] { read(digest, into: &plan) }
        plan.successReport = members["success-report"]?.calendar()
        plan.deadMan = members["dead-man"].flatMap(deadMan)
        if let metrics = members["metrics"] { plan.metrics = self.metrics(metrics) }
        return plan
    }

    private func mailServer(_ entry: Entry) -> NotificationPlan.MailServer? {
        let members = entry.members(
            ["server", "from", "user", "password-file", "authority-file"],
            "a mail server such as {server: smtps://HOST:465, from: safehold@hospital.org}")
        let url = members.required("server", "smtps://HOST:PORT, or smtp://HOST:PORT with STARTTLS")
        let from = members.required("from", "the address that messages come from").flatMap { entry in
            entry.text("an address").flatMap { entry.isMailAddress($0) ? $0 : nil }
        }
        guard let url, let text = url.text(), let from else { return nil }
        if !text.hasPrefix("smtps://"), !text.hasPrefix("smtp://") {
            url.problem(
                "'\(Entry.clipped(text))' is no mail server; smtps://HOST:PORT is meant, or smtp://HOST:PORT with STARTTLS"
            )
        }
        if text.hasSuffix(".example") || text.contains(".example:") {
            url.warn("'\(text)' is a placeholder: no mail is sent")
        }
        var server = NotificationPlan.MailServer(url: text, from: from)
        server.user = members["user"]?.text()
        server.passwordFile = members["password-file"]?.pathText(from: base)
        server.authorityFile = members["authority-file"]?.pathText(from: base)
        if (server.user == nil) != (server.passwordFile == nil) {
            entry.problem("'user' and 'password-file' go together; one of them is missing")
        }
        return server
    }

    private func route(_ entry: Entry) -> NotificationPlan.Route? {
        let members = entry.members(
            ["from", "to", "events"], "a route such as {from: warning, to: [backup-administrator]}")
        let severity = members.required("from", "from which severity on: info, warning, error, critical")?.word(
            Severity.self)
        let people = members.required("to", "names or roles of contacts")?.somebody(contacts)
        let events = members["events"]?.items("a list of events such as [backup, store.full]").compactMap(event) ?? []
        guard let severity, let people else { return nil }
        return NotificationPlan.Route(from: severity, to: people, events: events)
    }

    private func event(_ entry: Entry) -> String? {
        guard let text = entry.text("the beginning of an event's name") else { return nil }
        let known = EventKind.all.map(\.name)
        if EventKind.all.contains(where: { $0.begins(with: text) }) { return text }
        entry.problem("there is no event '\(Entry.clipped(text))'; \(Spelling.hint(text, among: known))")
        return nil
    }

    private func step(_ entry: Entry) -> NotificationPlan.Escalation? {
        let members = entry.members(
            ["from", "after", "to"], "a step such as {from: error, after: 1h, to: [technical-lead]}")
        let severity = members.required("from", "from which severity on")?.word(Severity.self)
        let after = members.required("after", "how long nobody has acknowledged, such as 1h")?.duration()
        let people = members.required("to", "names or roles of contacts")?.somebody(contacts)
        if after == .zero { members["after"]?.problem("is no time at all; who is told at once stands in 'routes'") }
        guard let severity, let after, let people else { return nil }
        return NotificationPlan.Escalation(from: severity, after: after, to: people)
    }

    private func read(_ entry: Entry, into plan: inout NotificationPlan) {
        let members = entry.members(["below", "every"], "what is gathered, such as {below: error, every: 1h},")
        if let below = members["below"]?.word(Severity.self) { plan.digestBelow = below }
        if let every = members["every"]?.duration() { plan.digestEvery = every }
        if plan.digestEvery <= .zero { members["every"]?.problem("gathers nothing; an hour is usual, as '1h'") }
    }

    private func deadMan(_ entry: Entry) -> NotificationPlan.DeadManPing? {
        let members = entry.members(
            ["url", "url-file", "every"], "an outside watch such as {url: https://…, every: 15min}")
        guard let every = members.required("every", "how often it is asked, such as 15min")?.duration() else {
            return nil
        }
        var ping = NotificationPlan.DeadManPing(every: every)
        ping.url = members["url"]?.text()
        ping.urlFile = members["url-file"]?.pathText(from: base)
        if ping.url == nil, ping.urlFile == nil {
            entry.problem("'url' is missing, or 'url-file' where the address is a secret")
        }
        if ping.url != nil, ping.urlFile != nil { entry.problem("has 'url' and 'url-file'; keep one of them") }
        if let url = ping.url, !url.hasPrefix("https://") {
            members["url"]?.problem("does not begin with 'https://': the watch is asked over TLS only")
        }
        if every < .seconds(10) { members["every"]?.problem("is too often; ten seconds are the least") }
        return ping
    }

    private func metrics(_ entry: Entry) -> NotificationPlan.Metrics {
        let members = entry.members(
            ["textfile", "listen", "certificate-file", "key-file"],
            "where metrics go, such as {listen: '127.0.0.1:9464'},")
        var metrics = NotificationPlan.Metrics()
        metrics.textfile = members["textfile"]?.pathText(from: base)
        metrics.certificateFile = members["certificate-file"]?.pathText(from: base)
        metrics.keyFile = members["key-file"]?.pathText(from: base)
        if (metrics.certificateFile == nil) != (metrics.keyFile == nil) {
            entry.problem("'certificate-file' and 'key-file' go together")
        }
        if let listen = members["listen"], let text = listen.text("HOST:PORT") {
            let port = text.split(separator: ":").last.flatMap { UInt16($0) }
            if text.split(separator: ":").count < 2 || port == nil {
                listen.problem("'\(Entry.clipped(text))' is no HOST:PORT such as 127.0.0.1:9464")
            }
            metrics.listen = text
        }
        return metrics
    }
}
