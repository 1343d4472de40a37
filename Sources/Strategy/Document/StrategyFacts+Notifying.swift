extension StrategyFacts {
    static func part(_ contact: Contact) -> Part {
        var part = Part(path: "contacts.\(contact.name)", concerns: .security)
        part.add("roles", list(contact.roles))
        part.add("channels", list(contact.channels.map(words)))
        return part
    }

    private static func words(_ channel: Contact.Channel) -> String {
        switch channel {
        case .email(let address): address
        case .webhook(let url, let secretFile): "\(url) signed with \(secretFile)"
        case .command(let words): command(words) ?? ""
        }
    }

    static func part(_ plan: NotificationPlan) -> Part {
        var part = Part(path: "notifications", concerns: .security, comesAndGoes: false)
        part.add("mail.server", plan.mailServer?.url)
        part.add("mail.from", plan.mailServer?.from)
        part.add("mail.user", plan.mailServer?.user)
        part.add("mail.password-file", plan.mailServer?.passwordFile)
        part.add("mail.authority-file", plan.mailServer?.authorityFile)
        part.add("authority-file", plan.authorityFile)
        part.add("routes", list(plan.routes.map(words)))
        part.add("escalation", list(plan.escalations.map(words)))
        part.add("digest", "below \(plan.digestBelow.rawValue) every \(DurationText.text(plan.digestEvery))")
        part.add("success-report", plan.successReport.map { "\($0)" })
        part.add("dead-man", plan.deadMan.map { "\($0.url ?? $0.urlFile ?? "") every \(DurationText.text($0.every))" })
        part.add("metrics.textfile", plan.metrics.textfile)
        part.add("metrics.listen", plan.metrics.listen)
        return part
    }

    private static func words(_ route: NotificationPlan.Route) -> String {
        let events = route.events.isEmpty ? "" : " of \(route.events.joined(separator: " and "))"
        return "\(route.from.rawValue)\(events) to \(route.to.joined(separator: " and "))"
    }

    private static func words(_ step: NotificationPlan.Escalation) -> String {
        "\(step.from.rawValue) after \(DurationText.text(step.after)) to \(step.to.joined(separator: " and "))"
    }
}
