import Strategy

/// What is stopped and started, and what is cut off, when something has happened.
struct EmergencyReader {
    private let members: Members
    private let components: [String]

    init(_ entry: Entry, components: [ComponentPlan]) {
        members = entry.members(["services", "isolate"], "a group of services and of programs that isolate")
        self.components = components.map(\.name)
    }

    func read() -> EmergencyPlan {
        var plan = EmergencyPlan()
        if let entry = members["services"] { plan.services = services(entry) }
        if let entry = members["isolate"] {
            plan.isolation = entry.named(
                "a group of programs by names, such as {firewall: [nft, -f, /etc/isolated.nft]}"
            )
            .all.map { IsolationPlan(name: $0.name, command: $0.entry.command()) }
        }
        return plan
    }

    private func services(_ entry: Entry) -> [ServicePlan] {
        let named = entry.named("a group of services by their names, such as {postgresql: {stop: …, start: …}}")
        let services = named.all.compactMap { name, entry in service(name, entry, among: named.all.map(\.name)) }
        let ordered = EmergencyPlan(services: services).startOrder.map(\.name)
        for (name, entry) in named.all
        where !ordered.contains(name) && services.contains(where: { $0.name == name && !$0.needs.isEmpty }) {
            entry.problem("'\(name)' can never be started: what it needs needs it in turn, or is not right itself")
        }
        return services
    }

    private func service(_ name: String, _ entry: Entry, among names: [String]) -> ServicePlan? {
        let members = entry.members(
            ["stop", "start", "check", "components", "needs"],
            "a service such as {stop: [systemctl, stop, x], start: [systemctl, start, x]}")
        let stop = members.required("stop", "the program that stops it, such as [systemctl, stop, postgresql]")?
            .command()
        let start = members.required("start", "the program that starts it, such as [systemctl, start, postgresql]")?
            .command()
        guard let stop, let start else { return nil }
        var service = ServicePlan(name: name, stop: stop, start: start)
        service.check = members["check"]?.command() ?? []
        service.components =
            members["components"]?.items().compactMap { $0.reference(to: "component", among: components) } ?? []
        service.needs = members["needs"]?.items().compactMap { $0.reference(to: "service", among: names) } ?? []
        return service
    }
}
