import Foundation

/// moto on loopback: an emulator of S3, for what real servers here have not. One for all tests of this process.
package final class MotoServer: Sendable {
    package let endpoint: String
    package let region = "us-east-1"

    package static let shared = Result { try MotoServer() }

    private static let environment = ServerScript.root.appending(path: ".build/moto-server-venv").path

    package static let isPossible = FileManager.default.isExecutableFile(atPath: environment + "/bin/moto_server")
    package static let reason = "moto is not installed here: scripts/install-dependencies.sh --for-tests"

    private init() throws {
        endpoint = try ServerScript.start("moto-server.sh", below: "/tmp/safehold-moto", Self.environment).value(
            "endpoint")
    }
}
