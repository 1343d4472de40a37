import ArgumentParser
import Audit
import Operations
import Primitives

/// Parses arguments, runs the command that they name, shows what went wrong, and says how the process ends.
package enum Program {
    package static let version = "0.1.0"
    package static var software: String { "safehold \(version)" }

    /// `arguments` without the program's own name, as the system passed them. Returns the exit status.
    package static func run(_ arguments: [[UInt8]], _ surroundings: Surroundings) -> Int32 {
        let texts = arguments.map(ArgumentText.encode)
        do {
            if let verb = ServerCall.command(texts) { return run(verb, surroundings) }
            var command = try SafeholdCommand.parseAsRoot(texts)
            guard let verb = command as? any Verb else {
                try command.run()
                return 0
            }
            return run(verb, surroundings)
        } catch {
            let status = explain(error, wantsJSON: texts.contains("--json"))
            // A server that runs it must not take a wrong option for the end of its log.
            return status != 0 && texts.starts(with: ["wal", "get"]) ? WALGetCommand.troubleStatus + status : status
        }
    }

    private static func run(_ verb: any Verb, _ surroundings: Surroundings) -> Int32 {
        let options = verb.outputOptions
        return run(
            verb, surroundings, Output(json: options.json, quiet: options.quiet, verbose: options.verbose))
    }

    /// Does what a command says, through the door and into the audit log of these surroundings. Returns the exit status.
    static func run(_ verb: any Verb, _ surroundings: Surroundings, _ output: Output) -> Int32 {
        var surroundings = surroundings
        if verb.isOfHost { surroundings.door = surroundings.door.ofHost() }
        do { try surroundings.identity.requireOwner() } catch {
            let failure = failure(error)
            return output.failure(failure, status: verb.exitStatus(of: failure))
        }
        let (session, record) = recorded(verb, surroundings, output)
        do {
            try record?.begin()
            if !verb.isForAnybody { try surroundings.door.requireSomebody() }
            let outcome = try verb.run(session)
            output.live("")
            output.flush()
            try record?.end(ActEnding(outcome))
            return outcome.exitStatus
        } catch {
            let failure = failure(error)
            do { try record?.end(ActEnding(failure)) } catch { output.warning(self.failure(error).message) }
            return output.failure(failure, status: verb.exitStatus(of: failure))
        }
    }

    /// The verb's surroundings, with a door that lets nothing through before it is written down.
    private static func recorded(
        _ verb: any Verb, _ surroundings: Surroundings, _ output: Output
    ) -> (Session, RecordedAct?) {
        let act = verb.act(Session(surroundings: surroundings, output: output))
        let record = act.map { RecordedAct($0, surroundings) }
        var inside = record?.watching(surroundings) ?? surroundings
        inside.door = record ?? ShutDoor(before: surroundings.door)
        return (Session(surroundings: inside, output: output, record: record), record)
    }

    private static func failure(_ error: any Error) -> Failure {
        switch error {
        case let failure as Failure: failure
        case let error as EncodingError: .unexpected("something in the repository \(error.problem)")
        default: .unexpected("\(error)")
        }
    }

    /// What ArgumentParser throws: help that was asked for, or arguments that say nothing to it.
    private static func explain(_ error: any Error, wantsJSON: Bool) -> Int32 {
        let output = Output(json: wantsJSON, quiet: false, verbose: false)
        let text = SafeholdCommand.fullMessage(for: error)
        guard SafeholdCommand.exitCode(for: error) != .success else {
            output.line(text)
            output.flush()
            return 0
        }
        let message = SafeholdCommand.message(for: error)
        if wantsJSON || text.isEmpty {
            return output.failure(
                Failure(.usage, message, advice: "'safehold --help' and 'safehold help COMMAND' say what can be given.")
            )
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).drop {
            $0.hasPrefix("Error: ") || $0.hasPrefix("Help: ")
        }
        output.message("safehold: " + Text.clipped(message))
        for line in lines where !line.isEmpty { output.message("  " + line) }
        return Failure.Class.usage.exitStatus
    }
}

extension ActEnding {
    init(_ outcome: Outcome) {
        let result: Result =
            switch outcome {
            case .done: .ok
            case .partial: .partial
            case .damaged: .damaged
            case .absent: .absent
            case .failed(let kind): kind == .denied || kind == .usage ? .refused : .failed
            case .ended(let status): status == 0 ? .ok : .failed
            }
        self.init(result, nil)
    }
}

extension Failure {
    static func unexpected(_ what: String) -> Failure {
        Failure(
            .internalError, "This should not have happened: \(what).",
            advice: "Please report it with the command that you ran; nothing in the repository was overwritten.")
    }
}
