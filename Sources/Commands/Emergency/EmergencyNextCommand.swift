import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures
import Strategy

struct EmergencyNextCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "next", abstract: "Do the step whose turn it is, or sign it off.",
        discussion: """
            A step of the program's is done by commands of Safehold's and by the programs of the strategy's 'emergency'; what they printed is kept
            beside the runbook. One that failed is tried again by the next 'next', and can be left out with 'skip'. A step of people's takes
            --note: what was done. Exit status 3 when the step failed.

              safehold emergency next
              safehold emergency next --note 'The controller is dead' --snapshot database=1f3a9c20
              safehold emergency next --target /srv/recovery --passphrase-file admin.pass
            """)

    @Option(name: .long, help: ArgumentHelp("What was done: for a step of people's.", valueName: "text"))
    var note: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Restore this snapshot of a component, and not the one that was proposed; once for each. With --note.",
            valueName: "component=snapshot"))
    var snapshot: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where restored files go: below this folder at their absolute paths; / for where they were. For the steps that restore.",
            valueName: "dir"), completion: .directory)
    var target: String?

    @OptionGroup var runbookOptions: RunbookOptions
    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard snapshot.allSatisfy({ $0.split(separator: "=").count == 2 }) else {
            throw ValidationError("--snapshot takes COMPONENT=SNAPSHOT.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(VerifyAction.self, on: .anything)
        let book = session.runbooks
        let id = try book.find(runbookOptions.runbook)
        return try book.alone(with: id) { try goOn(book, id, session) }
    }

    private func goOn(_ book: RunbookBook, _ id: String, _ session: Session) throws -> Outcome {
        var runbook = try book.read(id)
        guard let current = runbook.current else {
            throw Failure(
                .runbookRefused, "The procedure \(id) is over.",
                advice: "'safehold emergency report --runbook \(id)' shows what was done.")
        }
        guard current.step.doer == .program else {
            runbook = try book.append(try signOff(current.step, session), to: id)
            session.show(runbook, id)
            return .done
        }
        guard note == nil, snapshot.isEmpty else {
            throw Failure(
                .runbookRefused, "'\(current.step.title)' is done by the program.",
                advice: "Run 'safehold emergency next' without --note and --snapshot.")
        }
        runbook = try book.append(session.entry(.begun(step: current.step.id)), to: id)
        let work = RunbookWork(
            session: session, runbook: runbook, folder: "\(book.folder)/\(id)", strategy: try strategy(session),
            repository: repositoryOptions.repository, keys: keys, target: target)
        let ended: RunbookEntry.What
        do {
            let result = try work.perform(current.step)
            ended = .done(step: current.step.id, note: result.note, facts: result.facts)
        } catch {
            if session.surroundings.terminal.isInterrupted() { throw error }
            ended = .failed(step: current.step.id, message: RunbookWork.failure(error).message)
            session.output.found(RunbookWork.failure(error))
        }
        runbook = try book.append(session.entry(ended), to: id)
        session.show(runbook, id)
        if case .failed = ended { return .partial }
        return .done
    }

    /// A host that has nothing any more has no strategy either.
    private func strategy(_ session: Session) throws -> BackupStrategy? {
        do { return try session.strategy(strategyOptions).strategy } catch let failure as Failure
            where failure.code == .strategyMissing && strategyOptions.strategy == nil
        {
            return nil
        }
    }

    private func signOff(_ step: RunbookStep, _ session: Session) throws -> RunbookEntry {
        guard let note, note.contains(where: { !$0.isWhitespace }) else {
            throw Failure(
                .runbookRefused, "'\(step.title)' is done by people. \(step.instruction)",
                advice: "Sign it off with 'safehold emergency next --note TEXT'.")
        }
        var facts: [String: String] = [:]
        for text in snapshot {
            let parts = text.split(separator: "=").map(String.init)
            facts[RunbookWork.snapshotFact + parts[0]] = parts[1]
        }
        return session.entry(.done(step: step.id, note: note, facts: facts))
    }
}
