import Foundation

/// OpenStack Swift with its s3api on loopback: a second real S3 server, one for all tests of this process.
package final class SwiftServer: Sendable {
    package let endpoint: String
    package let region: String
    package let accessKey: String
    package let secret: String

    package static let shared = Result { try SwiftServer() }

    private static let environment = ServerScript.root.appending(path: ".build/swift-server-venv").path

    package static let isPossible = FileManager.default.isExecutableFile(
        atPath: environment + "/bin/swift-proxy-server")
    package static let reason = "OpenStack Swift is not installed here: scripts/install-dependencies.sh --for-tests"

    private init() throws {
        let server = try ServerScript.start("swift-server.sh", below: "/tmp/safehold-swift", Self.environment)
        (endpoint, region) = (try server.value("endpoint"), try server.value("region"))
        (accessKey, secret) = (try server.value("access"), try server.value("secret"))
    }
}
