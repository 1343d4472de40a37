import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing

struct SignaturesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signatures",
        abstract: "Verify signatures, and give out the key that it takes.",
        discussion: """
              safehold signatures verify restore-test.pdf --authority authority.pub
              safehold signatures sheet restore-test.pdf --authority authority.pub --output signed.pdf
              safehold signatures authority --output authority.pub
              safehold signatures withdrawn --output withdrawn.txt
            """,
        subcommands: [
            SignaturesVerifyCommand.self, SignaturesSheetCommand.self, SignaturesAuthorityCommand.self,
            SignaturesWithdrawnCommand.self,
            SignaturesAccountabilityCommand.self, SignaturesLetterCommand.self, SignaturesReconcileCommand.self,
        ])
}

struct SignaturesVerifyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a signature, with the file, the signature and the authority's key alone.",
        discussion: """
            Takes no session, no repository and no server. Whether the signer's key was withdrawn before, the signature cannot know: the
            authority's list says it. On the host that has the authority, both are at hand.

              safehold signatures verify restore-test.pdf --authority authority.pub --withdrawn withdrawn.txt
            """)

    @OptionGroup var signed: SignedFileOptions
    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let finding = try signed.verify(session)
        finding.signature.show(session.output, more: finding.words)
        return .done
    }
}

/// Where something goes that others are given.
struct NewFileOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Where it goes. It must not exist yet.", valueName: "file"),
        completion: .file())
    var output: String

    func path(_ session: Session) throws -> String { try session.text(try session.absolute(output)) }
}

struct SignaturesAuthorityCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "authority", abstract: "Write down the key that says whose the signatures of this host are.",
        discussion: """
            Give the file to whoever verifies, and the fingerprint by another way.

              safehold signatures authority --output authority.pub
            """)

    @OptionGroup var newFile: NewFileOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(InspectAction.self, on: .anything)
        let path = try newFile.path(session)
        let key = try Signing.authority(permit: permit, keeping: session.surroundings.identity)
        try Signing.save(key, to: path)
        if session.output.json {
            session.output.record("key") { object in
                object.set("kind", "authority")
                object.set("fingerprint", key.fingerprint.hex)
                object.set("public_file", path)
            }
        } else if !session.output.quiet {
            session.output.lines(["Written: \(path)", "Fingerprint: \(key.fingerprint.hex)"])
        }
        return .done
    }
}

struct SignaturesWithdrawnCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "withdrawn", abstract: "Write down the signing keys of this host that were withdrawn, and when.",
        discussion: """
            A key is withdrawn when its owner is put out. What was signed before holds; what is signed after does not. The list is signed
            by the authority, and knows nothing of what is withdrawn later: give it out anew then.

              safehold signatures withdrawn --output withdrawn.txt
            """)

    @OptionGroup var newFile: NewFileOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(InspectAction.self, on: .anything)
        let path = try newFile.path(session)
        let list = try Signing.withdrawn(permit: permit, keeping: session.surroundings.identity)
        try Signing.save(list, to: path)
        if session.output.json {
            session.output.record("withdrawn-keys") { object in
                object.set("file", path)
                object.set("made", list.made)
                object.set("keys", list.keys.keys.sorted().map(\.hex))
            }
        } else if !session.output.quiet {
            session.output.line(
                "Written: \(path), with \(Text.counted(UInt64(list.keys.count), "withdrawn key", "withdrawn keys")).")
        }
        return .done
    }
}

extension ElectronicSignature {
    func show(_ output: Output, more: [String]) {
        if output.json {
            output.record("signature") { object in
                guard case .object(let members) = record.json else { return }
                for member in members { object.set(member.name, member.value) }
            }
        } else if !output.quiet {
            output.lines(record.text.split(separator: "\n").map { Text.printable(Array($0.utf8)) } + more)
        }
    }
}
