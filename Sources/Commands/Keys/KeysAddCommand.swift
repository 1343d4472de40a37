import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Let one more key or passphrase open backups, or maintain them.",
        discussion: """
            The new recipient opens all backups that are there, as far as the administrator's key does, and those to come. A maintainer
            opens only their structure: enough for 'collect' and for 'verify' of references, and no byte of content and no name. To
            'replicate' takes no key at all.

              safehold keys add --recipient auditor.pub --label auditor
              safehold keys add --recipient storage-team.pub --role maintainer
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

    @Option(
        name: .long,
        help: ArgumentHelp(
            "restorer (opens everything), maintainer (opens no content and no names), administrator (may also change keys).",
            valueName: "role"),
        completion: .list(RecipientRole.allCases.map(\.rawValue)))
    var role: RecipientRole?

    @Flag(name: .long, help: "The same as --role administrator.")
    var administrator = false

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (recipient != nil) != (newPassphraseFile != nil) else {
            throw ValidationError("Give either --recipient or --new-passphrase-file.")
        }
        guard !administrator || role == nil || role == .administrator else {
            throw ValidationError("--administrator and --role say different things; give one of them.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let new: NewRecipient
        if let recipient {
            new = .publicKey(file: try session.text(try session.absolute(recipient)))
        } else {
            new = .passphrase(.passphraseFile(try session.text(try session.absolute(newPassphraseFile ?? ""))))
        }
        let permit = try session.permit(KeyAction.self, in: repositoryOptions)
        let summary = try AddRecipient.run(
            permit: permit, authority: try session.authority(repositoryOptions, keys), recipient: new, label: label,
            role: administrator ? .administrator : role ?? .restorer)
        if session.output.json {
            session.output.record("key") { summary.fill(&$0, kind: recipient == nil ? "passphrase" : "key-file") }
        } else if !session.output.quiet {
            session.output.lines(summary.lines)
        }
        return .done
    }
}

extension RecipientRole: ExpressibleByArgument {}

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
        object.set("opens", role != .maintainer)
        object.set("administers", role == .administrator)
        object.set("maintains", role == .maintainer)
        object.set("epochs", UInt64(epochs))
    }

    var lines: [String] {
        let opens = role == .maintainer ? "collects and verifies" : "opens"
        var lines = [
            "Added '\(label)' (\(id.hex.prefix(8))): it \(opens) \(Text.counted(UInt64(epochs), "epoch", "epochs")) and all to come."
        ]
        if role == .maintainer { lines.append("It opens no content and no names.") }
        if role == .administrator { lines.append("It may also change keys.") }
        if epochsOutOfReach > 0 {
            lines.append(
                "Not \(Text.counted(UInt64(epochsOutOfReach), "epoch", "epochs")) that your own key does not open either."
            )
        }
        return lines
    }
}
