import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

struct KeysRemoveCommand: ReasonedVerb {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Leave a recipient out of all backups to come.",
        discussion: """
            Signs the removal and begins a new epoch for every host at once. What the removed key could open before, it still can:
            nothing takes back what somebody may have copied.

              safehold keys remove auditor

            Where there is a directory of persons, others have to agree: --request asks them, --request-id removes the key then, and
            --reason says why.
            """)

    @Argument(help: "The recipient's label, or the beginning of its id.")
    var recipient: String

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var fourEyes: FourEyesOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(KeyAction.self, in: repositoryOptions)
        if fourEyes.request {
            let plan = try RemoveRecipient.plan(
                repository: try session.repository(repositoryOptions), named: recipient)
            return try fourEyes.ask(for: plan.at(try session.location(repositoryOptions)), permit, session)
        }
        let summary = try RemoveRecipient.run(
            permit: permit, authority: try session.authority(repositoryOptions, keys), named: recipient,
            leave: try fourEyes.leave(session))
        session.record?.note([ActObject(.key, summary.id.hex)])
        let output = session.output
        if output.json {
            for begun in summary.begun { output.record("key") { begun.fill(&$0) } }
            output.record("key") { object in
                object.set("id", summary.id.hex)
                object.set("label", summary.label)
                object.set("removed", session.surroundings.clock.now())
            }
        } else if !output.quiet {
            output.lines(lines(summary))
        }
        return .done
    }

    private func lines(_ summary: RemoveRecipient.Summary) -> [String] {
        var lines = [
            "Removed '\(summary.label)' (\(summary.id.hex.prefix(8))). Backups from now on are not sealed to it:"
        ]
        lines += summary.begun.map { "  domain \($0.domain.hex.prefix(8)) is in epoch \($0.epoch)" }
        lines.append(
            "It still opens what was backed up before (\(Text.counted(UInt64(summary.epochsStillOpen), "epoch", "epochs"))), wherever a copy is."
        )
        if summary.administered {
            lines.append(
                "It was an administrator and may have kept the signing key: if you do not trust it, begin a new repository."
            )
        }
        return lines
    }
}

extension NewEpochs.Begun {
    func fill(_ object: inout JSONObject) {
        object.set("kind", "epoch")
        object.set("id", domain.hex)
        object.set("epoch", UInt64(epoch))
        object.set("domain", domain.hex)
        object.set("suite", UInt64(1))
        object.set("kem", KeyRecord.kem)
        object.set("aead", KeyRecord.aead)
        object.set("signatures", KeyRecord.signatures)
    }
}
