/// What emergency procedures do beside backups (EMG-1…3).
package struct EmergencyPlan: Sendable, Equatable {
    /// What works with the data. As the file has them.
    package var services: [ServicePlan]
    /// What cuts off systems and withdraws credentials after a breach, in the order of the file.
    package var isolation: [IsolationPlan]

    package init(services: [ServicePlan] = [], isolation: [IsolationPlan] = []) {
        (self.services, self.isolation) = (services, isolation)
    }

    package var isEmpty: Bool { services.isEmpty && isolation.isEmpty }

    /// Each after what it needs, else as the file has them; stopped the other way round. Of services that need each other in a circle, which a
    /// file is refused for, none comes.
    package var startOrder: [ServicePlan] {
        var order: [ServicePlan] = []
        var left = services
        while let next = left.firstIndex(where: { service in
            service.needs.allSatisfy { name in order.contains { $0.name == name } }
        }) {
            order.append(left.remove(at: next))
        }
        return order
    }

    /// Those that work with one of `components`, and whatever needs them: in the order of starting. All where `components` is empty.
    package func affected(by components: [String]) -> [ServicePlan] {
        guard !components.isEmpty else { return startOrder }
        var names: Set<String> = []
        // In this order a service comes after all that it needs.
        for service in startOrder
        where service.components.isEmpty || !Set(service.components).isDisjoint(with: components)
            || !names.isDisjoint(with: service.needs)
        {
            names.insert(service.name)
        }
        return startOrder.filter { names.contains($0.name) }
    }
}

/// A service, and the programs that know how it is with it; each is its words, and no shell reads them.
package struct ServicePlan: Sendable, Equatable {
    package var name: String
    package var stop: [String]
    package var start: [String]
    /// Ends with status 0 where it is well. Empty where nobody can be asked.
    package var check: [String]
    /// Whose data it works with; empty for all.
    package var components: [String]
    /// Services that have to run before.
    package var needs: [String]

    package init(
        name: String, stop: [String], start: [String], check: [String] = [], components: [String] = [],
        needs: [String] = []
    ) {
        (self.name, self.stop, self.start, self.check) = (name, stop, start, check)
        (self.components, self.needs) = (components, needs)
    }
}

/// A program that cuts something off.
package struct IsolationPlan: Sendable, Equatable {
    package var name: String
    package var command: [String]

    package init(name: String, command: [String]) { (self.name, self.command) = (name, command) }
}
