import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysRecoveryKitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "recovery-kit",
        abstract: "Write one page to print: all that somebody needs who has nothing but the repository.",
        discussion: """
            Where the repository is, how to know it, what opens it, and how to restore from it with and without Safehold. It holds
            no secret; write the passphrase onto the paper, or where it is kept.

              safehold keys recovery-kit --output kit.txt
              safehold keys recovery-kit --hint "safe in room 12, envelope 3"
            """)

    @Option(name: .shortAndLong, help: ArgumentHelp("A new file. Default: standard output.", valueName: "file"))
    var output: String?

    @Option(name: .long, help: ArgumentHelp("Where the passphrase is kept. Not the passphrase.", valueName: "text"))
    var hint: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let facts = try KeyFacts(
            permit: try session.permit(InspectAction.self, in: repositoryOptions),
            repository: try session.repository(repositoryOptions))
        let text = RecoveryKit.text(
            facts, hint: hint, software: Program.software, time: session.surroundings.clock.now())
        if let output {
            try NamedFile.create(session.text(try session.absolute(output)), text, mode: 0o600)
        }
        if session.output.json {
            session.output.record("text") { $0.set("text", text) }
        } else if let output {
            if !session.output.quiet {
                session.output.line("Wrote \(output). Print it, and keep it with the passphrase.")
            }
        } else {
            session.output.bytes(Array(text.utf8))
        }
        return .done
    }
}
