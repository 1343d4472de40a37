import ArgumentParser
import Identity
import Operations
import Primitives

struct ApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Agree to what others ask for, or see what they ask for.",
        discussion: """
            Dropping snapshots, lifting holds, shortening locks, removing keys, giving privileged roles and handing out passwords take
            the agreement of others. They agree to a plan by its digest, and exactly that is done, once.

              safehold approve list
              safehold approve show 1f3a9c20
              safehold approve 1f3a9c20 --plan 9c0e...
              safehold approve withdraw 1f3a9c20
            """,
        subcommands: [
            ApproveGiveCommand.self, ApproveListCommand.self, ApproveShowCommand.self, ApproveWithdrawCommand.self,
        ],
        defaultSubcommand: ApproveGiveCommand.self)
}

struct ApproveGiveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "give", abstract: "Agree to a request.",
        discussion: """
            Look at the request first: 'safehold approve show ID' says what would be done, and the digest of exactly that, which --plan
            repeats. It takes the second factor, shown within the last five minutes.

              safehold approve give 1f3a9c20 --plan 9c0e...
            """)

    @Argument(help: ArgumentHelp("The request: the beginning of its id.", valueName: "id"))
    var id: String

    @Option(name: .long, help: ArgumentHelp("The digest of the plan that you looked at.", valueName: "digest"))
    var plan: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        guard let digest = Digest32(hex: plan.lowercased()) else {
            throw Failure(
                .usage, "'\(plan)' is no digest.",
                advice: "'safehold approve show ID' prints it: 64 hexadecimal digits.")
        }
        let keeping = session.surroundings.identity
        _ = try session.permit(ApproveAction.self, on: .anything)
        let target = try Requests.named(id, keeping: keeping).request.target
        try Requests.approve(
            permit: try session.permit(ApproveAction.self, on: target), keeping: keeping, named: id, plan: digest
        ).show(session.output)
        return .done
    }
}

struct ApproveListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the requests that are open.",
        discussion: """
              safehold approve list --all
            """)

    @Flag(name: .long, help: "Those that are closed as well.")
    var all = false

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let lines = try Requests.list(
            permit: try session.permit(InspectAction.self, on: .anything), keeping: session.surroundings.identity,
            all: all)
        if session.output.json {
            for line in lines { line.show(session.output) }
        } else if !session.output.quiet {
            if lines.isEmpty { session.output.line(all ? "Nobody has asked for anything." : "No request is open.") }
            for line in lines { session.output.line(line.summary) }
        }
        return .done
    }
}

struct ApproveShowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a request, and exactly what would be done.",
        discussion: """
              safehold approve show 1f3a9c20
            """)

    @Argument(help: ArgumentHelp("The request: the beginning of its id.", valueName: "id"))
    var id: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try Requests.show(
            permit: try session.permit(InspectAction.self, on: .anything), keeping: session.surroundings.identity,
            named: id
        ).show(session.output)
        return .done
    }
}

struct ApproveWithdrawCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "withdraw", abstract: "End a request for good, or take back your own word.",
        discussion: """
            Whoever asked, and whoever may agree, can end a request. With --word only your own agreement is taken back.

              safehold approve withdraw 1f3a9c20
            """)

    @Argument(help: ArgumentHelp("The request: the beginning of its id.", valueName: "id"))
    var id: String

    @Flag(name: .long, help: "Take back your own agreement only; the request stays open.")
    var word = false

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        try Requests.withdraw(
            permit: try session.permit(InspectAction.self, on: .anything), keeping: session.surroundings.identity,
            named: id,
            onlyOwnWord: word
        ).show(session.output)
        return .done
    }
}

extension Requests.Line {
    func show(_ output: Output) {
        if output.json {
            output.record("approval-request") { object in
                object.set("id", request.id.hex)
                object.set("act", request.act.rawValue)
                object.set("plan", request.plan.hex)
                object.set("state", request.state.word)
                object.set("requester", requester)
                object.set("time", request.at.wall)
                object.set("approvers", approvers)
                object.set("needed", UInt64(request.rule.approvers))
                object.set("lines", words.split(separator: "\n").map(String.init))
            }
        } else if !output.quiet {
            output.lines([summary] + words.split(separator: "\n").map { "  " + Text.printable(Array($0.utf8)) })
            output.lines(["Plan \(request.plan.hex)"] + approvers.map { "Agreed: \($0)" })
        }
    }

    var summary: String {
        "\(request.id.hex.prefix(8))  \(request.state.word): \(request.act.words), asked for by \(requester) at \(Text.time(request.at.wall)); \(approvers.count) of \(request.rule.approvers) have agreed"
    }
}
