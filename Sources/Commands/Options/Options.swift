import ArgumentParser
import Operations
import Primitives

/// How results are shown.
struct OutputOptions: ParsableArguments {
    @Flag(name: .long, help: "Print results, progress and errors as JSON, one object a line (docs/json.md).")
    var json = false

    @Flag(name: .shortAndLong, help: "Print results and errors only: no progress, no summary.")
    var quiet = false

    @Flag(name: .shortAndLong, help: "Say more.")
    var verbose = false
}

/// Which repository.
struct RepositoryOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The repository: a directory, or s3://BUCKET/PREFIX. Default: SAFEHOLD_REPOSITORY.", valueName: "dir"),
        completion: .directory)
    var repository: String?
}

/// Who opens it.
struct KeyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp("The file with the passphrase. Default: SAFEHOLD_PASSPHRASE_FILE.", valueName: "file"),
        completion: .file())
    var passphraseFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A recipient's private key. Default: SAFEHOLD_RECIPIENT_FILE.", valueName: "file"),
        completion: .file())
    var recipientFile: String?

    @Option(
        name: .long, help: ArgumentHelp("An escrow share; give the option once for each.", valueName: "file"),
        completion: .file())
    var shareFile: [String] = []

    /// The key that is meant: options first, then the environment, then a person at the terminal.
    func source(_ surroundings: Surroundings, asking: Bool = true) throws -> KeySource? {
        let given = [passphraseFile != nil, recipientFile != nil, !shareFile.isEmpty].filter { $0 }.count
        guard given <= 1 else {
            throw Failure(
                .usage, "More than one kind of key was given.",
                advice: "Pass one of --passphrase-file, --recipient-file and --share-file.")
        }
        if let passphraseFile { return .passphraseFile(passphraseFile) }
        if let recipientFile { return .recipientFile(recipientFile) }
        if !shareFile.isEmpty { return .shareFiles(shareFile) }
        if let file = surroundings.passphraseFile { return .passphraseFile(file) }
        if let file = surroundings.recipientFile { return .recipientFile(file) }
        return asking && surroundings.terminal.width(Output.messages) > 0 ? .terminal : nil
    }
}
