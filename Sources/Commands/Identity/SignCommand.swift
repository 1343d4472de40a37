import ArgumentParser
import Identity
import Operations
import Primitives
import Sealing

struct SignCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign a file with your name.",
        discussion: """
            The signature has your name in print, the time, the meaning and the SHA-256 of the file inside, and is written beside the
            file. The first signature of a continuous period asks for name, password and code, the later ones for the password.
            Whoever has the authority's key verifies it without this host, in ten years as well ('safehold signatures').

            Before any other, each signs once to be accountable for what he signs ('safehold signatures accountability'). What is
            approved was reviewed before by another person, and a version that was signed keeps its content.

            The meaning is one of: authorship, review, approval, responsibility, witness.

              safehold sign restore-test.pdf --meaning review --media-type application/pdf
              safehold signatures verify restore-test.pdf --authority authority.pub
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: .long, help: ArgumentHelp("What your signature means.", valueName: "meaning"),
        completion: .list(SignatureMeaning.allCases.map(\.rawValue)))
    var meaning: String

    @Option(
        name: .long,
        help: ArgumentHelp("What you agree to. Default: that you have read it.", valueName: "text"))
    var statement = "I have read this record, and my signature is as binding as one by hand."

    @Option(name: .long, help: ArgumentHelp("What the record is called. Default: the file's name.", valueName: "text"))
    var id: String?

    @Option(name: .long, help: ArgumentHelp("Which version of the record it is.", valueName: "number"))
    var recordVersion: UInt64 = 1

    @Option(name: .long, help: ArgumentHelp("Of which kind the file is.", valueName: "type"))
    var mediaType = "application/octet-stream"

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The component that the record is of. Whoever may sign for some components only has to name it.",
            valueName: "name"))
    var component: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where the signature goes. Default: FILE.signature.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var signer: SignerOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard SignatureMeaning(rawValue: meaning) != nil else {
            throw ValidationError(
                "--meaning is one of: \(SignatureMeaning.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard component != "" else { throw ValidationError("--component takes a component's name.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let keeping = session.surroundings.identity
        guard try keeping.isFounded() else { throw LoginCommand.unfounded }
        let about = Target(component: component)
        let permit = try session.permit(SignAction.self, on: about)
        let path = try session.text(try session.absolute(file))
        let target = try output.map { try session.text(try session.absolute($0)) } ?? path + ".signature"
        try Signing.requireRoom(target)
        let draft = try Signing.draft(
            Signing.Record(
                file: path, id: id ?? path.split(separator: "/").last.map(String.init) ?? path, version: recordVersion,
                mediaType: mediaType, meaning: SignatureMeaning(rawValue: meaning) ?? .review, statement: statement,
                of: about),
            zone: signer.zone, keeping: keeping, clock: session.surroundings.clock)
        let signature = try signer.sign(draft, permit, session)
        try Signing.save(signature, to: target)
        signature.show(session.output, more: ["Signature: \(target)"])
        return .done
    }
}
