import ArgumentParser
import Identity
import Operations
import Primitives

struct SignaturesSheetCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "sheet",
        abstract: "Write a signature down for people: a text, a line for a table, or a PDF.",
        discussion: """
            Only a signature that holds gets one. Name, date and time with their zone, and meaning are in each form.

              safehold signatures sheet restore-test.pdf --authority authority.pub --output signed.pdf
            """)

    @OptionGroup var signed: SignedFileOptions

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Where it goes: a new file that ends in .txt, .csv or .pdf.", valueName: "file"),
        completion: .file())
    var output: String

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let path = try session.text(try session.absolute(output))
        guard let form = SignatureSheet.Form(ofFile: path) else {
            throw Failure(
                .usage, "'\(output)' does not say in which form the sheet is to be.",
                advice: "Call it something that ends in .txt, .csv or .pdf.")
        }
        let finding = try signed.verify(session)
        let sheet = SignatureSheet(
            finding.signature.record,
            found: ["Verified on \(session.surroundings.clock.now()) UTC with Safehold:"] + finding.words)
        try Signing.save(sheet, as: form, to: path)
        if session.output.json {
            session.output.record("sheet") { object in
                object.set("file", path)
                object.set("form", form.rawValue)
                object.set("signature", finding.signature.record.id.hex)
            }
        } else if !session.output.quiet {
            session.output.line("Written: \(path)")
        }
        return .done
    }
}
