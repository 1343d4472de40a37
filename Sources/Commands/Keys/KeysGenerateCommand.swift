import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysGenerateCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a recipient's pair of keys.",
        discussion: """
            Writes the private key to FILE, readable by you only, and the public one to FILE.pub. The public one goes to the
            administrator; who has the private one can open what is sealed to it.

              safehold keys generate --output auditor
              safehold keys add --recipient auditor.pub
            """)

    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where the private key goes. It must not exist yet.", valueName: "file")
    )
    var output: String

    @Option(name: .long, help: ArgumentHelp("Whose key it is, for the files' first line.", valueName: "name"))
    var label: String?

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let path = try session.text(try session.absolute(output))
        let name = label ?? path.split(separator: "/").last.map(String.init) ?? "recipient"
        let summary = try GenerateKey.run(permit: try session.permit(KeyAction.self), output: path, label: name)
        if session.output.json {
            session.output.record("key") { object in
                object.set("kind", "key-file")
                object.set("label", name)
                object.set("fingerprint", summary.fingerprint.hex)
                object.set("secret_file", summary.privateFile)
                object.set("public_file", summary.publicFile)
            }
        } else if !session.output.quiet {
            session.output.lines([
                "Private key: \(summary.privateFile)  (keep it offline and in two places)",
                "Public key:  \(summary.publicFile)  (for 'safehold keys add --recipient')",
            ])
        }
        return .done
    }
}
