import Foundation
import Testing

/// Texts that somebody has looked at: they stay as they are until somebody looks again.
package enum Golden {
    /// Compares with the file below `Golden/` beside the test. SAFEHOLD_GOLDEN=write writes it anew.
    package static func compare(_ text: String, _ name: String, beside test: String) throws {
        let file = URL(filePath: test).deletingLastPathComponent().appending(path: "Golden").appending(path: name)
        if ProcessInfo.processInfo.environment["SAFEHOLD_GOLDEN"] == "write" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let wanted = try String(contentsOf: file, encoding: .utf8)
        #expect(text == wanted, "\(name) reads otherwise than it did")
    }
}
