import Foundation

/// A real SSH server on loopback, of one suite's own; it ends with the process, however that ends.
package final class SSHServer: Sendable {
    package let folder: String

    package static let isPossible = ["/usr/sbin/sshd", "/usr/bin/ssh", "/usr/bin/ssh-keygen"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    package static let reason = "sshd is not installed here: scripts/install-dependencies.sh --for-tests"

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Servers/ssh-server.sh").path

    package struct Failed: Error { package var said: String }

    package init() throws {
        folder = "/tmp/safehold-ssh-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try FileManager.default.createDirectory(atPath: folder + "/store", withIntermediateDirectories: false)
        try run("start", folder, String(ProcessInfo.processInfo.processIdentifier))
    }

    deinit { try? run("stop", folder) }

    /// How a client is set up: with a key that is let in, one that is not, and with another or no known key of the server.
    package enum Client: String, CaseIterable, Sendable { case good, foreign, unknown, changed }

    package func address(_ path: String, _ client: Client = .good) -> String {
        "sftp://store\(path)?config=\(folder)/\(client.rawValue).conf"
    }

    /// Breaks all connections.
    package func cut() throws { try run("cut", folder) }
    package func goDown() throws { try run("down", folder) }
    package func comeUp() throws { try run("up", folder) }

    private func run(_ words: String...) throws {
        let process = Process()
        process.executableURL = URL(filePath: Self.script)
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failed(said: said) }
    }
}
