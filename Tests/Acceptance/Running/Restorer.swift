import Foundation
import Testing

/// tools/restorer/restore.py, the reader that knows only docs/format.md.
enum Restorer {
    static let python: String? = ProcessInfo.processInfo.environment["SAFEHOLD_PYTHON"].flatMap {
        $0.isEmpty ? nil : $0
    }
    static var isAvailable: Bool { python != nil }
    static let reason: Comment = "SAFEHOLD_PYTHON names no Python with the restorer's packages"

    /// Runs it with the key of `place`'s file.
    static func run(_ place: Place, _ words: String..., repository: String? = nil) throws -> Ended {
        try ChildProcess.run(
            [
                try #require(python), packageRoot.appending(path: "tools/restorer/restore.py").path, "--recipient-file",
                place.keyFile, repository ?? place.repository,
            ] + words)
    }

    /// Restores without the leading path.
    static func restore(_ place: Place, _ snapshot: String, to target: String) throws -> Ended {
        try run(place, "--snapshot", snapshot, "--target", target, "--strip")
    }
}
