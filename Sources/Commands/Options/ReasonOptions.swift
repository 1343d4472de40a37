import ArgumentParser

/// Why something is done, for the audit log.
struct ReasonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
    var reason: String?

    static let longest = 1000

    func validate() throws {
        guard let reason else { return }
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= Self.longest else {
            throw ValidationError("--reason takes a text of 1 to \(Self.longest) bytes.")
        }
    }
}
