import Strategy

/// A strategy as the text of a file that says everything, also what its author left to defaults. Reading it gives the same values.
package struct StrategyWriter {
    private var lines = YAMLLines()

    package static func text(_ strategy: BackupStrategy) -> String {
        var writer = StrategyWriter()
        writer.write(strategy)
        return writer.lines.text
    }

    private mutating func write(_ strategy: BackupStrategy) {
        lines.put("strategy", "1")
        lines.put("project", strategy.project)
        lines.put("timezone", strategy.timeZone)
        lines.group("components") { lines in
            for component in strategy.components { lines.group(component.name) { Self.put(component, &$0) } }
        }
        lines.group("stores") { lines in
            for store in strategy.stores { lines.group(store.name) { Self.put(store, &$0) } }
        }
        lines.group("upkeep") { Self.put(strategy.upkeep, &$0) }
        lines.group("contacts") { lines in
            for contact in strategy.contacts { lines.group(contact.name) { Self.put(contact, &$0) } }
        }
        lines.group("notifications") { Self.put(strategy.notifications, &$0) }
        lines.group("reviews") { lines in
            for review in strategy.reviews {
                lines.group(review.name) { lines in
                    lines.put("schedule", "\(review.schedule)")
                    lines.put("owners", review.owners)
                }
            }
        }
        lines.group("drills") { lines in
            for drill in strategy.drills {
                lines.group(drill.kind.rawValue) { lines in
                    lines.put("schedule", "\(drill.schedule)")
                    lines.put("components", drill.components)
                }
            }
        }
        if !strategy.emergency.isEmpty { lines.group("emergency") { Self.put(strategy.emergency, &$0) } }
    }

    private static func put(_ emergency: EmergencyPlan, _ lines: inout YAMLLines) {
        lines.group("services") { lines in
            for service in emergency.services {
                lines.group(service.name) { lines in
                    lines.put("stop", service.stop)
                    lines.put("start", service.start)
                    if !service.check.isEmpty { lines.put("check", service.check) }
                    lines.put("components", service.components)
                    lines.put("needs", service.needs)
                }
            }
        }
        lines.group("isolate") { lines in
            for isolation in emergency.isolation { lines.put(isolation.name, isolation.command) }
        }
    }

    private static func put(_ component: ComponentPlan, _ lines: inout YAMLLines) {
        lines.put("kind", component.kind.rawValue)
        if component.isStreamed {
            put(component.streams, &lines)
            put(component.postgres, &lines)
            put(component.sqlite, &lines)
            if let server = component.baseBackup { put(server, &lines) }
        } else {
            lines.put("sources", component.sources.map { String(decoding: $0, as: UTF8.self) })
        }
        lines.put("exclude", component.exclusions)
        lines.put("exclude-caches", component.excludesCaches)
        lines.put("one-file-system", component.staysOnFileSystem)
        lines.put("delta", component.storesDeltas)
        lines.put("criticality", component.criticality.rawValue)
        lines.put("personal-data", component.holdsPersonalData)
        lines.group("schedule") { put(component.jobs, &$0) }
        lines.group("retention") { put(component.retention, &$0) }
        lines.group("objectives") { lines in
            lines.put("rpo", component.objectives.recoveryPoint.map(DurationText.text))
            lines.put("rto", component.objectives.recoveryTime.map(DurationText.text))
        }
        lines.group("hooks") { put(component.hooks, &$0) }
        if !component.health.isEmpty { lines.put("health", component.health) }
        lines.put("store", component.store)
    }

    private static func put(_ jobs: [BackupJob], _ lines: inout YAMLLines) {
        var modes: [BackupJob.Mode] = []
        for job in jobs where !modes.contains(job.mode) { modes.append(job.mode) }
        for mode in modes {
            let schedules = jobs.filter { $0.mode == mode }.map { "\($0.schedule)" }
            if schedules.count == 1 {
                lines.put(mode.rawValue, schedules[0])
            } else {
                lines.put(mode.rawValue, schedules)
            }
        }
    }

    private static func put(_ policy: RetentionPolicy, _ lines: inout YAMLLines) {
        lines.put("last", "\(policy.last)")
        for period in RetentionPolicy.Period.allCases { lines.put(period.rawValue, "\(policy.counts[period] ?? 0)") }
    }

    private static func put(_ hooks: Hooks, _ lines: inout YAMLLines) {
        for (name, words) in [("freeze", hooks.freeze), ("thaw", hooks.thaw), ("after", hooks.after)]
        where !words.isEmpty {
            lines.put(name, words)
        }
        lines.put("timeout", DurationText.text(hooks.timeout))
        lines.put("longest-freeze", DurationText.text(hooks.longestFreeze))
    }

    private static func put(_ store: StorePlan, _ lines: inout YAMLLines) {
        lines.put("role", store.role.rawValue)
        lines.put("site", store.site)
        if store.role != .offline { lines.put("location", store.location) }
        lines.put("copy-of", store.copyOf)
        lines.put("schedule", store.schedule.map { "\($0)" })
        lines.put("immutability", store.immutability.rawValue)
    }

    private static func put(_ upkeep: UpkeepPlan, _ lines: inout YAMLLines) {
        lines.put("verify", upkeep.verify.map { "\($0)" })
        lines.put("forget", upkeep.forget.map { "\($0)" })
        lines.put("collect", upkeep.collect.map { "\($0)" })
        lines.put("passphrase-file", upkeep.passphraseFile)
        lines.put("recipient-file", upkeep.recipientFile)
    }
}
