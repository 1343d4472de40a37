import Foundation

/// Servers of mail and of webhooks on loopback, by others. One for all tests of this process.
package final class MessageServers: Sendable {
    private let script: ServerScript
    package var folder: String { script.folder }
    package var authority: String { folder + "/ca.pem" }
    package static let secret = "a secret of webhooks"
    package static let user = "backup"
    package static let password = "pass word"

    package static let shared = Result { try MessageServers() }

    private static let environment = ServerScript.root.appending(path: ".build/mail-server-venv").path

    package static let isPossible = FileManager.default.isExecutableFile(atPath: environment + "/bin/aiosmtpd")
    package static let reason = "aiosmtpd is not installed here: scripts/install-dependencies.sh --for-tests"

    private init() throws {
        script = try ServerScript.start("message-servers.sh", below: "/tmp/safehold-messages", Self.environment)
    }

    package func port(_ name: String) throws -> Int {
        guard let port = Int(try script.value(name)) else { throw ServerScript.DidNotStart(said: name) }
        return port
    }

    /// A file that holds `text`, for nobody else to read.
    package func secretFile(_ text: String, mode: Int = 0o600) throws -> String {
        let path = "\(folder)/secret-\(UUID().uuidString)"
        try Data((text + "\n").utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    /// What came, of `kind` mail or web, with `mark` in it.
    package func arrived(_ kind: String, _ mark: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(kind)").filter { !$0.hasSuffix(".new") }
            .sorted().map {
                String(decoding: try Data(contentsOf: URL(filePath: "\(folder)/\(kind)/\($0)")), as: UTF8.self)
            }
            .filter { $0.contains(mark) }
    }
}
