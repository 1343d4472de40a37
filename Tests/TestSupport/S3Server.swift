import Foundation

/// A real S3 server on loopback, one for all tests of this process; it ends with the process, however that ends.
package final class S3Server: Sendable {
    package let endpoint: String
    package let secureEndpoint: String
    /// A file with the certificate of the authority that the server's own comes from.
    package let authorities: String
    package let region: String
    package let accessKey: String
    package let secret: String
    /// Of a second account, which a bucket's policy names `arn:aws:iam:::user/guest`.
    package let guest: (accessKey: String, secret: String)
    private let folder: String

    /// The certificate that fits `localhost` and 127.0.0.1, and its key.
    package var certificate: (file: String, key: String) { (folder + "/server.pem", folder + "/server.key") }

    package static let shared = Result { try S3Server() }

    /// Two that copy to each other whatever either gets, one for all tests of this process.
    package static let sites = Result<(first: S3Server, second: S3Server), any Error> {
        let first = try S3Server()
        return (first, try S3Server(replicating: first))
    }

    /// Whether what it is made of is installed here.
    package static let isPossible = ["radosgw", "ceph-mon", "ceph-osd", "openssl", "curl"].allSatisfy { program in
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
        }
    }
    package static let reason = "radosgw is not installed here: scripts/install-dependencies.sh --for-tests"

    package struct DidNotStart: Error {
        package var said: String
        package init(said: String) { self.said = said }
    }

    private init(replicating first: S3Server? = nil) throws {
        // Sockets lie in it, whose paths have to be short.
        let below = "/tmp/safehold-s3"
        let server =
            try first.map { try ServerScript.start("s3-server.sh", below: below, $0.folder) }
            ?? ServerScript.start("s3-server.sh", below: below)
        folder = server.folder
        (endpoint, secureEndpoint) = (try server.value("endpoint"), try server.value("secure_endpoint"))
        (authorities, region) = (try server.value("authorities"), try server.value("region"))
        (accessKey, secret) = (try server.value("access"), try server.value("secret"))
        guest = (try server.value("guest_access"), try server.value("guest_secret"))
    }

    package enum BucketKind: Sendable {
        case plain, versioned, locked
        /// Locked, and what is written without a lock gets one of so many days.
        case retaining(mode: String, days: Int)

        fileprivate var words: [String] {
            switch self {
            case .plain: []
            case .versioned: ["versioned"]
            case .locked: ["locked"]
            case .retaining(let mode, let days): ["locked", "default-retention", mode, String(days)]
            }
        }
    }

    /// Makes a bucket and returns its name.
    package func bucket(_ kind: BucketKind = .plain, named start: String = "test-") throws -> String {
        let name = start + UUID().uuidString.lowercased()
        _ = try Self.run(["bucket", folder, name] + kind.words)
        return name
    }

    /// What the gateway has logged of all buckets whose names begin with "logged-".
    package func accessLog() throws -> String { try Self.run(["oplog", folder]) }

    package enum Flaw: String, CaseIterable, Sendable {
        case expired, future
        case wrongName = "wrong-name"
        /// Of an authority that is called like the one that is trusted, and is another.
        case rogue
    }

    /// A certificate that a server must not be trusted with, and its key.
    package func certificate(_ flaw: Flaw) throws -> (file: String, key: String) {
        _ = try Self.run(["certificate", folder, flaw.rawValue])
        return ("\(folder)/\(flaw.rawValue).pem", "\(folder)/\(flaw.rawValue).key")
    }

    /// An account of a test's own, with a bucket.
    package struct Account: Sendable {
        package let bucket: String
        package let accessKey: String
        package let secret: String
        fileprivate let name: String
    }

    package func account() throws -> Account {
        let name = "account-" + UUID().uuidString.lowercased(), bucket = "of-" + name
        let said = try Self.run(["account", folder, name, bucket])
        return Account(
            bucket: bucket, accessKey: try ServerScript.value("access", in: said),
            secret: try ServerScript.value("secret", in: said), name: name)
    }

    package enum Change: String, Sendable { case suspend, enable, revoke, grant }

    /// Suspends an account or lets it in again; takes its key away or gives it back.
    package func change(_ account: Account, _ change: Change) throws {
        let secret = change == .grant ? [account.secret] : []
        let key = change == .revoke || change == .grant ? [account.accessKey] : []
        _ = try Self.run([change.rawValue, folder, account.name] + key + secret)
    }

    /// The variables that tell a program of the access key.
    package var environment: [String: String] {
        ["AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secret, "AWS_EC2_METADATA_DISABLED": "true"]
    }

    private static func run(_ words: [String]) throws -> String { try ServerScript.run("s3-server.sh", words) }
}
