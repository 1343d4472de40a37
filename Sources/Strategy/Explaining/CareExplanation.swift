/// What is done for all components together.
struct CareExplanation {
    private let strategy: BackupStrategy
    private let times: DueTimes

    init(_ strategy: BackupStrategy, _ times: DueTimes) { (self.strategy, self.times) = (strategy, times) }

    var sections: [Explanation.Section] {
        [upkeep, people, reviews, drills, emergency].filter { !$0.sentences.isEmpty }
    }

    private var upkeep: Explanation.Section {
        var section = Explanation.Section(title: "upkeep")
        if let verify = strategy.upkeep.verify {
            section.say("Objects and signatures are checked: \(times.text(verify)).", "VER-1")
        } else {
            section.say("Nothing is checked by this host's daemon.", "VER-1")
        }
        if let forget = strategy.upkeep.forget { section.say("What no rule keeps is dropped: \(times.text(forget)).") }
        if let collect = strategy.upkeep.collect {
            section.say("What no backup needs is freed: \(times.text(collect)).")
        }
        return section
    }

    private var people: Explanation.Section {
        let plan = strategy.notifications
        let routing = Routing(plan: plan, contacts: strategy.contacts)
        var section = Explanation.Section(title: "people")
        for route in plan.routes {
            let events = route.events.isEmpty ? "everything" : "events of \(DueTimes.joined(route.events))"
            section.say(
                "Of \(events) from '\(route.from.rawValue)' on, told: \(DueTimes.joined(routing.contacts(route.to))).",
                "CON-1")
        }
        for step in plan.escalations {
            section.say(
                "Of what is '\(step.from.rawValue)' or worse and nobody has acknowledged for \(DurationText.text(step.after)), told too: \(DueTimes.joined(routing.contacts(step.to))).",
                "CON-2")
        }
        if !strategy.contacts.isEmpty {
            section.say(
                "What is less bad than '\(plan.digestBelow.rawValue)' is gathered, and told every \(DurationText.text(plan.digestEvery))."
            )
        }
        if let report = plan.successReport {
            section.say("What went well is reported: \(times.text(report)).", "REV-1")
        }
        if let ping = plan.deadMan {
            section.say("An outside watch hears every \(DurationText.text(ping.every)) that all is well.")
        }
        return section
    }

    private var reviews: Explanation.Section {
        let requirements = [
            "success-rate": "REV-1", "recovery-testing": "REV-2", "strategy": "REV-3", "compliance-audit": "REV-4",
        ]
        var section = Explanation.Section(title: "reviews")
        for review in strategy.reviews {
            let owners = review.owners.isEmpty ? "" : " by \(DueTimes.joined(review.owners))"
            let text = "'\(review.name)' is reviewed\(owners): \(times.text(review.schedule))."
            let requirement = requirements[review.name].map { [$0] } ?? []
            section.sentences.append(Explanation.Sentence(text: text, requirements: requirement))
        }
        return section
    }

    private var drills: Explanation.Section {
        var section = Explanation.Section(title: "drills")
        for drill in strategy.drills {
            let what = drill.components.isEmpty ? "all components" : DueTimes.joined(drill.components)
            let (name, requirement) =
                switch drill.kind {
                case .restoreTest: ("A restore test", "VER-2")
                case .disasterRecovery: ("A disaster recovery drill", "VER-3")
                case .fullSystem: ("A recovery of the full system", "VER-4")
                }
            section.say("\(name) of \(what) is due \(times.text(drill.schedule)).", requirement)
        }
        return section
    }

    private var emergency: Explanation.Section {
        var section = Explanation.Section(title: "emergency")
        let services = strategy.emergency.startOrder.map(\.name)
        if !services.isEmpty {
            section.say(
                "When something has failed, stopped and started again by programs: \(DueTimes.joined(services)), in this order.",
                "EMG-1", "EMG-3")
        }
        let isolation = strategy.emergency.isolation.map(\.name)
        if !isolation.isEmpty {
            section.say("After a breach, cut off by programs: \(DueTimes.joined(isolation)).", "EMG-2")
        }
        return section
    }
}
