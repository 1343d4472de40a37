import Foundation

/// Glewlwyd on loopback: a provider of single sign-on that nobody here wrote.
package final class SignOnProvider: Sendable {
    package let issuer: String
    package let authority: String
    /// An authority that has nothing to do with it, of the same name.
    package let rogue: String
    package let client: String
    package let secret: String
    private let script: ServerScript

    private static let tables = "/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3"

    package static let isPossible =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/glewlwyd")
        && FileManager.default.fileExists(atPath: tables)
    package static let reason = "Glewlwyd is not installed here: scripts/install-dependencies.sh --for-tests"

    package init() throws {
        script = try ServerScript.start("oidc-provider.py", below: "/tmp/safehold-sso")
        (issuer, authority) = (try script.value("issuer"), try script.value("authority"))
        (rogue, client, secret) = (try script.value("rogue"), try script.value("client"), try script.value("secret"))
    }

    deinit { _ = try? stop() }

    /// `user` signs in there and says yes to what a host shows.
    package func approve(_ user: String, _ code: String) throws {
        _ = try ServerScript.run("oidc-provider.py", ["approve", script.folder, user, code])
    }

    package func stop() throws { _ = try ServerScript.run("oidc-provider.py", ["stop", script.folder]) }
}
