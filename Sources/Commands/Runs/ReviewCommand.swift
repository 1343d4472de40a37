import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives

struct ReviewCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "What people have to look at again, and when they did.",
        discussion: """
            Reviews come due as the strategy's schedules say, and when the strategy, its security or the program itself changed.

              safehold review list
              safehold review done 3 --remark 'Retention is as the auditor wants it'
            """,
        subcommands: [ReviewListCommand.self, ReviewDoneCommand.self], defaultSubcommand: ReviewListCommand.self)
}

struct ReviewListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Show the reviews that are open.",
        discussion: """
              safehold review list --all
            """)

    @Flag(name: .long, help: "Those that were done, too.")
    var all = false

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let reviews = try Reviews.list(
            permit: try session.permit(InspectAction.self), state: session.surroundings.hostState, all: all)
        if session.output.json {
            for review in reviews { session.output.record("review") { review.fill(&$0) } }
            return .done
        }
        guard !reviews.isEmpty else {
            session.output.line(all ? "There were no reviews yet." : "No review is open.")
            return .done
        }
        var table = Table([
            ("number", .right), ("due", .left), ("review", .left), ("why", .left), ("done", .left),
        ])
        for review in reviews {
            let done = review.done.map { "\(Text.day($0)) by \(review.user ?? "")" } ?? ""
            table.add([String(review.id), Text.day(review.due), review.name, review.reason, done])
        }
        session.output.lines(table.lines)
        return .done
    }
}

struct ReviewDoneCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "done", abstract: "Say that a review was held, and what came of it.",
        discussion: """
              safehold review done 3 --remark 'All as it should be'
            """)

    @Argument(help: ArgumentHelp("As 'safehold review list' numbers them.", valueName: "number"))
    var number: Int64

    @Option(name: .long, help: ArgumentHelp("What was found and decided.", valueName: "text"))
    var remark: String

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard remark.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("--remark needs a word on what came of the review.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let state = session.surroundings.hostState
        try Reviews.finish(
            permit: try session.permit(StrategyAction.self), state: state, number: number, remark: remark,
            clock: session.surroundings.clock)
        let review = try Reviews.list(permit: try session.permit(InspectAction.self), state: state, all: true)
            .first { $0.id == number }
        if session.output.json {
            if let review { session.output.record("review") { review.fill(&$0) } }
        } else if !session.output.quiet {
            session.output.line("Review \(number) is done.")
        }
        return .done
    }
}

extension ReviewEntry {
    func fill(_ object: inout JSONObject) {
        object.set("id", UInt64(clamping: id))
        object.set("name", name)
        object.set("reason", reason)
        object.set("due", due)
        if let done { object.set("done", done) }
        object.set("user", user)
        object.set("remark", remark)
    }
}
