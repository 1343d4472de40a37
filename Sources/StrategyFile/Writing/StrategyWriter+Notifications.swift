import Strategy

extension StrategyWriter {
    static func put(_ contact: Contact, _ lines: inout YAMLLines) {
        lines.put("roles", contact.roles)
        var addresses: [String] = []
        for case .email(let address) in contact.channels { addresses.append(address) }
        if !addresses.isEmpty { lines.put("email", addresses) }
        for channel in contact.channels {
            switch channel {
            case .email: break
            case .webhook(let url, let secretFile):
                lines.group("webhook") { lines in
                    lines.put("url", url)
                    lines.put("secret-file", secretFile)
                }
            case .command(let words): lines.put("command", words)
            }
        }
    }

    static func put(_ plan: NotificationPlan, _ lines: inout YAMLLines) {
        if let server = plan.mailServer { lines.group("mail") { put(server, &$0) } }
        lines.put("authority-file", plan.authorityFile)
        lines.group("routes") { lines in
            for route in plan.routes { lines.item(pairs(route)) }
        }
        lines.group("escalation") { lines in
            for step in plan.escalations {
                lines.item([
                    ("from", step.from.rawValue), ("after", DurationText.text(step.after)),
                    ("to", YAMLLines.list(step.to)),
                ])
            }
        }
        lines.group("digest") { lines in
            lines.put("below", plan.digestBelow.rawValue)
            lines.put("every", DurationText.text(plan.digestEvery))
        }
        lines.put("success-report", plan.successReport.map { "\($0)" })
        if let ping = plan.deadMan {
            lines.group("dead-man") { lines in
                lines.put("url", ping.url)
                lines.put("url-file", ping.urlFile)
                lines.put("every", DurationText.text(ping.every))
            }
        }
        lines.group("metrics") { lines in
            lines.put("textfile", plan.metrics.textfile)
            lines.put("listen", plan.metrics.listen)
            lines.put("certificate-file", plan.metrics.certificateFile)
            lines.put("key-file", plan.metrics.keyFile)
        }
    }

    private static func put(_ server: NotificationPlan.MailServer, _ lines: inout YAMLLines) {
        lines.put("server", server.url)
        lines.put("from", server.from)
        lines.put("user", server.user)
        lines.put("password-file", server.passwordFile)
        lines.put("authority-file", server.authorityFile)
    }

    private static func pairs(_ route: NotificationPlan.Route) -> [(String, String)] {
        [("from", route.from.rawValue), ("to", YAMLLines.list(route.to))]
            + (route.events.isEmpty ? [] : [("events", YAMLLines.list(route.events))])
    }
}
