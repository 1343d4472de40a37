import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysEscrowCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "escrow",
        abstract: "Split a new recipient's key among several people.",
        discussion: """
            So many of the shares together open the backups, fewer tell nothing. Print each file for its holder, then delete it.

              safehold keys escrow --threshold 3 --shares 5 --output shares
              safehold restore latest --target /tmp/back --share-file a --share-file b --share-file c
            """)

    @Option(name: .long, help: ArgumentHelp("How many shares open.", valueName: "number"))
    var threshold = 3

    @Option(name: .long, help: ArgumentHelp("How many there are.", valueName: "number"))
    var shares = 5

    @Option(
        name: .shortAndLong, help: ArgumentHelp("A directory for the shares, one file each.", valueName: "dir"),
        completion: .directory)
    var output: String

    @Option(name: .long, help: ArgumentHelp("What it is called in lists.", valueName: "name"))
    var label: String?

    @Flag(name: .long, help: "The shares together may also change keys.")
    var administrator = false

    @OptionGroup var reasonOptions: ReasonOptions
    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard threshold >= 2, threshold <= shares, shares <= 255 else {
            throw ValidationError("There can be 2 to 255 shares, and a threshold from 2 to their number.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let directory = try session.text(try session.absolute(output))
        let permit = try session.permit(KeyAction.self, in: repositoryOptions)
        let authority = try session.authority(repositoryOptions, keys)
        try ShareFiles.prepare(directory, count: shares)
        let summary = try AddRecipient.run(
            permit: permit, authority: authority, recipient: .escrow(threshold: threshold, shares: shares),
            label: label,
            role: administrator ? .administrator : .restorer)
        let files = try ShareFiles.write(
            summary.printedShares, threshold: threshold, label: summary.label, to: directory)
        if session.output.json {
            for (file, share) in zip(files, summary.printedShares) {
                session.output.record("key") { object in
                    summary.fill(&object, kind: "escrow")
                    object.set("threshold", UInt64(threshold))
                    object.set("shares", UInt64(shares))
                    object.set("share", share)
                    object.set("secret_file", file)
                }
            }
        } else if !session.output.quiet {
            session.output.lines(
                ["Any \(threshold) of these \(shares) shares open the backups:"] + files.map { "  " + $0 })
            session.output.line("Print each for its holder, then delete the file. Nobody else keeps a copy.")
        }
        return .done
    }
}
