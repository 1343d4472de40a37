import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct KeysWithdrawCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "withdraw",
        abstract: "Let a host's writer add nothing any more.",
        discussion: """
            After a host was lost, stolen or broken into: its snapshots up to now stay what they are, and whatever is added with its key
            from now on does not count, wherever the record of it comes to. Backups of the host are refused. That is never taken back:
            'safehold init --join' makes another writer of a host that can be trusted again.

              safehold keys withdraw ward-7 --reason 'stolen on 3 March'
              safehold keys withdraw --this-host --reason 'broken into'

            'replicate' brings it to copies. Take the host's access to the stores away as well.
            """)

    @Argument(help: "The host's name, or the beginning of its writer's id.")
    var writer: String?

    @Flag(name: .long, help: "The writer that this host is.")
    var thisHost = false

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    var isReasonAlwaysDemanded: Bool { true }

    func validate() throws {
        guard (writer == nil) == thisHost else {
            throw ValidationError("Name a writer, or say --this-host.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(KeyAction.self, in: repositoryOptions)
        let summary = try WithdrawWriter.run(
            permit: permit, authority: try session.authority(repositoryOptions, keys),
            choice: writer.map { .named($0) } ?? .thisHost, state: session.surroundings.hostState,
            reason: reasonOptions.reason ?? "")
        session.record?.note([ActObject(.key, summary.id.hex)])
        if summary.unreadable > 0 {
            session.output.warning(
                "\(Text.counted(summary.unreadable, "snapshot", "snapshots")) of it behind number \(summary.withdrawal.lastSequence) cannot be read: brought back later, they do not count."
            )
        }
        if session.output.json {
            session.output.record("key") { object in
                object.set("kind", "writer")
                object.set("id", summary.id.hex)
                object.set("label", summary.host)
                summary.withdrawal.fill(&object)
            }
        } else if !session.output.quiet {
            session.output.lines(summary.lines)
        }
        return .done
    }
}

extension WithdrawWriter.Summary {
    var lines: [String] {
        let name = "Writer \(id.hex.prefix(8)) of \(host)"
        guard !isOld else { return ["\(name) was withdrawn before: \(withdrawal.words)."] }
        let last =
            withdrawal.lastSequence == 0
            ? "Nothing of it counts." : "The last of its snapshots that counts is number \(withdrawal.lastSequence)."
        return ["\(name) adds nothing any more. \(last)", "Take its access to the stores away, too."]
    }
}
