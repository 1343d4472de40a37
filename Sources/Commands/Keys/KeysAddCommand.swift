import ArgumentParser
import Operations
import Primitives

struct KeysAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Let one more key or passphrase open backups.",
        discussion: """
            The new recipient opens all backups that are there, as far as the administrator's key does, and those to come.

              safehold keys add --recipient auditor.pub --label auditor
              safehold keys add --new-passphrase-file second --label deputy --administrator
            """)

    @Option(
        name: .long, help: ArgumentHelp("A public key made by 'safehold keys generate'.", valueName: "file.pub"),
        completion: .file())
    var recipient: String?

    @Option(
        name: .long, help: ArgumentHelp("A file with a further passphrase.", valueName: "file"), completion: .file())
    var newPassphraseFile: String?

    @Option(name: .long, help: ArgumentHelp("What it is called in lists.", valueName: "name"))
    var label: String?

    @Flag(name: .long, help: "It may also change keys.")
    var administrator = false

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (recipient != nil) != (newPassphraseFile != nil) else {
            throw ValidationError("Give either --recipient or --new-passphrase-file.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let new: NewRecipient
        if let recipient {
            new = .publicKey(file: try session.text(try session.absolute(recipient)))
        } else {
            new = .passphrase(.passphraseFile(try session.text(try session.absolute(newPassphraseFile ?? ""))))
        }
        let permit = try session.permit(KeyAction.self)
        let summary = try AddRecipient.run(
            permit: permit, authority: try session.authority(repositoryOptions, keys), recipient: new, label: label,
            administers: administrator)
        if session.output.json {
            session.output.record("key") { summary.fill(&$0, kind: recipient == nil ? "passphrase" : "key-file") }
        } else if !session.output.quiet {
            session.output.lines(summary.lines)
        }
        return .done
    }
}

extension Session {
    func authority(_ options: RepositoryOptions, _ keys: KeyOptions) throws -> KeyAuthority {
        KeyAuthority(
            repository: try repository(options), source: try key(keys, for: "Changing keys"), surroundings: surroundings
        )
    }
}

extension AddRecipient.Summary {
    func fill(_ object: inout JSONObject, kind: String) {
        object.set("kind", kind)
        object.set("id", id.hex)
        object.set("label", label)
        object.set("opens", true)
        object.set("administers", administers)
        object.set("epochs", UInt64(epochs))
    }

    var lines: [String] {
        var lines = [
            "Added '\(label)' (\(id.hex.prefix(8))): it opens \(Text.counted(UInt64(epochs), "epoch", "epochs")) and all to come."
        ]
        if administers { lines.append("It may also change keys.") }
        if epochsOutOfReach > 0 {
            lines.append(
                "Not \(Text.counted(UInt64(epochsOutOfReach), "epoch", "epochs")) that your own key does not open either."
            )
        }
        return lines
    }
}
