import Foundation

/// A provider of single sign-on on loopback that redirects, talks too much, or speaks TLS of yesterday.
package final class MisleadingProvider: Sendable {
    private let script: ServerScript
    package let port: String
    /// With TLS 1.2 and nothing newer.
    package let oldPort: String

    package init() throws {
        script = try ServerScript.start("misleading-provider.py", below: "/tmp/safehold-misleading")
        (port, oldPort) = (try script.value("port"), try script.value("old"))
    }

    /// Its certificate, which nobody else vouches for.
    package var authority: [UInt8] {
        get throws { Array(try Data(contentsOf: URL(filePath: try script.value("authority")))) }
    }

    /// The paths that it was asked for.
    package var asked: [String] {
        let text = (try? script.value("asked")).flatMap { try? String(contentsOfFile: $0, encoding: .utf8) }
        return (text ?? "").split(separator: "\n").map(String.init)
    }
}
