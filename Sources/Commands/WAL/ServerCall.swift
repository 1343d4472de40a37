import ArgumentParser

/// What a database server runs for each file of its log, and waits for, read without ArgumentParser: that takes five milliseconds to find out what a
/// command has, which is a tenth of some of these.
struct ServerCall {
    /// By name, with what was given last.
    private let options: [String: String]
    private let arguments: [String]

    /// Nil for whatever is not exactly what servers say: ArgumentParser reads it then, or says what is wrong with it.
    static func command(_ words: [String]) -> (any Verb)? {
        switch Array(words.prefix(2)) {
        case ["wal", "push"]: ServerCall(words.dropFirst(2), WALPushCommand.serverOptions).flatMap(WALPushCommand.init)
        case ["wal", "get"]: ServerCall(words.dropFirst(2), WALGetCommand.serverOptions).flatMap(WALGetCommand.init)
        default: nil
        }
    }

    private init?(_ words: ArraySlice<String>, _ known: Set<String>) {
        var (options, arguments): ([String: String], [String]) = ([:], [])
        var rest = words
        while let word = rest.popFirst() {
            guard word.hasPrefix("-") else {
                arguments.append(word)
                continue
            }
            guard word.hasPrefix("--"), known.contains(String(word.dropFirst(2))), let value = rest.popFirst(),
                !value.hasPrefix("-")
            else { return nil }
            options[String(word.dropFirst(2))] = value
        }
        (self.options, self.arguments) = (options, arguments)
    }

    fileprivate func arguments(_ count: Int) -> [String]? { arguments.count == count ? arguments : nil }
    fileprivate subscript(_ name: String) -> String? { options[name] }

    /// `usual` where it was not given, nil where it is no such number.
    fileprivate func number<Number: FixedWidthInteger>(_ name: String, _ usual: Number?) -> Number?? {
        guard let text = options[name] else { return .some(usual) }
        return Number(text).map { .some($0) }
    }

    fileprivate var place: LogPlaceOptions {
        var (repository, strategy) = (RepositoryOptions(), StrategyOptions())
        (repository.repository, strategy.strategy) = (self["repository"], self["strategy"])
        var place = LogPlaceOptions()
        (place.repositoryOptions, place.strategyOptions) = (repository, strategy)
        return place
    }

    fileprivate var keys: KeyOptions {
        var keys = KeyOptions()
        (keys.passphraseFile, keys.recipientFile) = (self["passphrase-file"], self["recipient-file"])
        keys.shareFile = []
        return keys
    }

    fileprivate var output: OutputOptions {
        var output = OutputOptions()
        (output.json, output.quiet, output.verbose) = (false, false, false)
        return output
    }
}

extension WALPushCommand {
    fileprivate static let serverOptions: Set = ["component", "repository", "strategy", "ahead"]

    fileprivate init?(_ call: ServerCall) {
        guard let arguments = call.arguments(1), let component = call["component"],
            let ahead = call.number("ahead", 15) ?? nil
        else { return nil }
        self.init()
        (path, self.component, self.ahead) = (arguments[0], component, ahead)
        (place, outputOptions) = (call.place, call.output)
        guard (try? validate()) != nil else { return nil }
    }
}

extension WALGetCommand {
    fileprivate static let serverOptions: Set = [
        "component", "repository", "strategy", "passphrase-file", "recipient-file", "spool", "prefetch", "system",
    ]

    fileprivate init?(_ call: ServerCall) {
        guard let arguments = call.arguments(2), let component = call["component"],
            let prefetch = call.number("prefetch", 16) ?? nil, let system: UInt64? = call.number("system", nil)
        else { return nil }
        self.init()
        (name, path, self.component) = (arguments[0], arguments[1], component)
        (spool, self.prefetch, self.system, onlyAhead) = (call["spool"], prefetch, system, false)
        (place, keys, outputOptions) = (call.place, call.keys, call.output)
        guard (try? validate()) != nil else { return nil }
    }
}
