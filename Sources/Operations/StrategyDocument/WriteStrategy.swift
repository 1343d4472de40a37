import Identity
import Primitives
import Strategy
import StrategyFile

/// Writes a strategy file to begin with.
package enum WriteStrategy {
    package static let presets = Preset.allCases.map(\.rawValue)

    /// A new file, mode 0644; one that says the same already is left as it is. Throws `target-unusable` where there is another one, and
    /// `usage` for a preset or a project's name that cannot be.
    package static func run(
        permit: consuming Permit<StrategyAction>, preset name: String, project: String?, file: String
    ) throws -> LoadedStrategy {
        guard let preset = Preset(rawValue: name) else {
            throw Failure(
                .usage, "There is no preset '\(name)'.", advice: "There is \(presets.joined(separator: ", ")).")
        }
        if let project, !Preset.isProjectName(project) {
            throw Failure(
                .usage, "'\(project)' cannot be the name of a project.",
                advice: "Use lower-case letters, digits, '-' and '_', 64 at most.")
        }
        let text = preset.text(project: project)
        let loaded = try LoadStrategy.read(Array(text.utf8), file: file)
        // Whoever was stopped by a weak passphrase tries again.
        if LoadStrategy.isThere(file), try LoadStrategy.bytes(file) == Array(text.utf8) { return loaded }
        try NamedFile.create(file, text, mode: 0o644)
        return loaded
    }

    /// Where a new repository belongs by the strategy: its sole primary store. Throws `usage` where there are several.
    package static func primary(_ strategy: BackupStrategy) throws -> StorePlan {
        let primaries = strategy.stores.filter { $0.role == .primary }
        guard let store = primaries.first, primaries.count == 1 else {
            throw Failure(
                .usage, "The strategy has \(primaries.count) primary stores.",
                advice: "Pass --no-repository, and make each with 'safehold init --repository LOCATION'.")
        }
        return store
    }
}
