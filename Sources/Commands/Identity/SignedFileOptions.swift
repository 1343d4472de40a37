import ArgumentParser
import Identity
import Operations
import Primitives

/// A file, its signature, and whose word it is under: all that a verification takes.
struct SignedFileOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("The file that was signed.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: .long, help: ArgumentHelp("The signature. Default: FILE.signature.", valueName: "file"),
        completion: .file())
    var signature: String?

    @Option(
        name: .long, help: ArgumentHelp("The authority's key. Default: that of this host.", valueName: "file"),
        completion: .file())
    var authority: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "The authority's list of withdrawn keys, as 'signatures withdrawn' writes it.", valueName: "file"),
        completion: .file())
    var withdrawn: String?

    /// Throws `signature-invalid` where it does not hold.
    func verify(_ session: Session) throws -> Signing.Finding {
        let path = try session.text(try session.absolute(file))
        let signatureFile = try signature.map { try session.text(try session.absolute($0)) } ?? path + ".signature"
        let key = try authority.map { try Signing.authority(file: try session.text(try session.absolute($0))) }
        let keeping = session.surroundings.identity
        let trusted = try key ?? Signing.authority(keeping: keeping)
        let finding = try Signing.verify(
            file: path, signatureFile: signatureFile, authority: trusted,
            withdrawn: try withdrawn.map {
                try Signing.withdrawn(file: try session.text(try session.absolute($0)), under: trusted)
            } ?? (key == nil ? Signing.withdrawn(keeping: keeping) : nil))
        guard finding.problems.isEmpty else {
            throw Failure(
                .signatureInvalid,
                "The signature does not hold: \(finding.problems.map(\.words).joined(separator: "; ")).",
                advice:
                    "Compare the file and the signature with other copies, and the authority's fingerprint with whoever gave it to you."
            )
        }
        return finding
    }
}

extension Signing.Finding {
    /// Of one without problems.
    var words: [String] {
        let withdrawals =
            withdrawalsKnown.map { "Withdrawn keys are known up to \(Text.time($0))." }
            ?? "Whether the signer's key was withdrawn before is not known: give the authority's list with --withdrawn."
        return ["It holds, under the authority \(authority.hex).", withdrawals]
    }
}

extension SignatureProblem {
    fileprivate var words: String {
        switch self {
        case .otherRecord: "it was put on another record"
        case .otherVersion: "it was put on another version of the record"
        case .alteredRecord: "the file is not what was signed"
        case .alteredSignature: "name, time, meaning or something else of it is not what was signed"
        case .untrustedKey: "this authority does not say whose the key is"
        case .otherSigner: "the key is another person's"
        case .outsideValidity: "the key was not certified for that time"
        case .withdrawnKey: "the key was withdrawn before"
        }
    }
}
