import Foundation

/// OpenStack Swift with its s3api on loopback: a second real S3 server, one for all tests of this process.
package final class SwiftServer: Sendable {
    package let endpoint: String
    package let region: String
    package let accessKey: String
    package let secret: String

    package static let shared = Result { try SwiftServer() }

    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let environment = root.appending(path: ".build/swift-server-venv").path

    package static let isPossible = FileManager.default.isExecutableFile(
        atPath: environment + "/bin/swift-proxy-server")
    package static let reason = "OpenStack Swift is not installed here: scripts/install-dependencies.sh --for-tests"

    package struct DidNotStart: Error { package var said: String }

    private init() throws {
        let folder = "/tmp/safehold-swift-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let process = Process()
        process.executableURL = Self.root.appending(path: "Tests/Servers/swift-server.sh")
        process.arguments = [
            "start", folder, String(ProcessInfo.processInfo.processIdentifier), Self.environment,
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        func value(_ name: String) throws -> String {
            guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix(name + "=") }) else {
                throw DidNotStart(said: said)
            }
            return String(line.dropFirst(name.count + 1))
        }
        (endpoint, region) = (try value("endpoint"), try value("region"))
        (accessKey, secret) = (try value("access"), try value("secret"))
    }
}
