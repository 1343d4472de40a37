import Foundation
import Testing

/// tools/restorer/restore.py, the reader that knows only docs/format.md.
enum Restorer {
    static let python: String? = ProcessInfo.processInfo.environment["SAFEHOLD_PYTHON"].flatMap {
        $0.isEmpty ? nil : $0
    }
    static var isAvailable: Bool { python != nil }
    static let reason: Comment = "SAFEHOLD_PYTHON names no Python with the restorer's packages"

    /// Restores without the leading path.
    static func restore(_ place: Place, _ snapshot: String, to target: String) throws -> Ended {
        try ChildProcess.run([
            try #require(python), packageRoot.appending(path: "tools/restorer/restore.py").path, "--recipient-file",
            place.keyFile,
            "--snapshot", snapshot, "--target", target, "--strip", place.repository,
        ])
    }
}
