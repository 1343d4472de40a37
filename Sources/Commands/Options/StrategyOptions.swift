import ArgumentParser
import Operations
import Primitives

/// Which strategy file.
struct StrategyOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "The strategy file. Default: SAFEHOLD_STRATEGY, then ./safehold.yaml, then /etc/safehold/safehold.yaml.",
            valueName: "file"),
        completion: .file())
    var strategy: String?
}

extension Session {
    /// Absolute. Throws `strategy-missing` where none is named and none is where it is looked for.
    func strategyFile(_ options: StrategyOptions) throws -> String { try strategyFile(options.strategy) }

    func strategyFile(_ name: String?) throws -> String {
        if let named = name ?? surroundings.strategyFile { return try reliable(try text(try absolute(named))) }
        for name in LoadStrategy.usualNames {
            let file = try text(try absolute(name))
            if LoadStrategy.isThere(file) { return try reliable(file) }
        }
        throw Failure(
            .strategyMissing,
            "No strategy file was named, and there is no \(LoadStrategy.usualNames.joined(separator: " and no ")).",
            advice: "Pass --strategy FILE, set SAFEHOLD_STRATEGY, or write one with 'safehold init --preset iqhis'.")
    }

    /// The one that is named by the environment or lies where it is looked for; nil where there is none.
    func strategyIfAny() throws -> LoadedStrategy? {
        if let named = surroundings.strategyFile {
            return try LoadStrategy.load(try reliable(try text(try absolute(named))))
        }
        let files = try LoadStrategy.usualNames.map { try text(try absolute($0)) }
        return try files.first(where: LoadStrategy.isThere).map { try LoadStrategy.load(try reliable($0)) }
    }

    /// What names programs that run with the host's rights, as a strategy does. Where people sign in, nobody has the host run his own.
    func reliable(_ file: String, _ what: String = "The strategy file") throws -> String {
        guard guardedState != nil else { return file }
        return try TrustedFile.requireOwn(file, what: what)
    }

    func strategy(_ options: StrategyOptions) throws -> LoadedStrategy {
        try LoadStrategy.load(try strategyFile(options))
    }
}
