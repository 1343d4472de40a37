import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysNewEpochCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "new-epoch",
        abstract: "Begin a new epoch: fresh keys for all backups to come.",
        discussion: """
            Hosts use it from their next backup on by themselves. Deduplication goes on across epochs.

              safehold keys new-epoch
              safehold keys new-epoch --domain 5d0c41aa
            """)

    @Option(name: .long, help: ArgumentHelp("Only this domain. Default: all.", valueName: "id"))
    var domain: String?

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(KeyAction.self, in: repositoryOptions)
        let begun = try NewEpochs.run(
            permit: permit, authority: try session.authority(repositoryOptions, keys), domain: domain)
        for epoch in begun {
            if session.output.json {
                session.output.record("key") { epoch.fill(&$0) }
            } else if !session.output.quiet {
                session.output.line("Domain \(epoch.domain.hex.prefix(8)) is now in epoch \(epoch.epoch).")
            }
        }
        return .done
    }
}
