import ArgumentParser
import Identity
import Operations
import Primitives

/// How somebody asks others for what nobody does alone, and does it when they have agreed.
struct FourEyesOptions: ParsableArguments {
    @Flag(name: .long, help: "Ask others to agree, and do nothing yet.")
    var request = false

    @Option(
        name: .long,
        help: ArgumentHelp("Do what others have agreed to: the beginning of the request's id.", valueName: "id"))
    var requestId: String?

    func validate() throws {
        guard !request || requestId == nil else {
            throw ValidationError("Give --request to ask, or --request-id to do what was agreed to.")
        }
    }

    /// Leave for a plan, as these options have it.
    func leave(_ session: Session) throws -> (GravePlan) throws -> Leave {
        let id = try requestId.map { try Requests.named($0, keeping: session.surroundings.identity).request.id }
        let door = session.surroundings.door
        return { try door.leave(for: $0, request: id) }
    }

    /// Asks others, and says how it goes on.
    func ask<Action: PermittedAction>(
        for plan: GravePlan, _ permit: consuming Permit<Action>, _ session: Session
    ) throws -> Outcome {
        let line = try Requests.ask(permit: permit, keeping: session.surroundings.identity, for: plan)
        line.show(session.output)
        guard !session.output.json, !session.output.quiet else { return .done }
        let rule = line.request.rule
        session.output.line(
            "Others agree with 'safehold approve \(line.request.id.hex.prefix(8)) --plan \(plan.digest.hex)': \(rule.approvers) of them, within \(rule.lifetime.hours) hours\(rule.coolingOff > .zero ? ", and it is done after \(rule.coolingOff.hours) at the earliest" : "")."
        )
        return .done
    }
}

extension Duration {
    fileprivate var hours: Int64 { components.seconds / 3600 }
}
