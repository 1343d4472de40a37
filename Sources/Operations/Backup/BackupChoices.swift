import RepositoryEngine
import Sealing

/// What a person may choose by name.
extension BackupOptions {
    package static let compressionNames = ["fast", "standard", "best"]

    /// Leaves the options as they are where the name is none of `compressionNames`.
    package mutating func chooseCompression(_ name: String) {
        switch name {
        case "fast": compression = .fast
        case "best": compression = .best
        default: compression = .standard
        }
    }

    package mutating func readEverything() { mode = .full }
}

extension BackupSummary {
    package var isFull: Bool { mode == .full }
}
