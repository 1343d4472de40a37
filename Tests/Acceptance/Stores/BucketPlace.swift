import Foundation
import TestSupport
import Testing

/// A repository in a bucket of the real server, with a proxy between it and the program that can spoil what goes through.
final class BucketPlace: Sendable {
    let server: S3Server
    let proxy: FaultProxy
    let scratch: Scratch
    let bucket: String
    let source: String
    private let passphrase: String

    init(_ kind: S3Server.BucketKind = .plain) throws {
        server = try S3Server.shared.get()
        proxy = try FaultProxy(before: server.endpoint)
        scratch = try Scratch()
        bucket = try server.bucket(kind)
        source = try scratch.folder("source")
        passphrase = try scratch.write(Place.passphrase, "passphrase")
        try ChildProcess.shell(
            "cd \"$1\"; mkdir a; for i in $(seq 60); do echo \"file $i\" > a/$i; done; head -c 24M /dev/urandom > large",
            source)
    }

    /// By way of the proxy.
    var address: String { address("host") }

    func address(_ prefix: String, direct: Bool = false) -> String {
        let endpoint = direct ? server.endpoint : "http://127.0.0.1:\(proxy.port)"
        return "s3://\(bucket)/\(prefix)?endpoint=\(endpoint)&region=\(server.region)"
    }

    /// Beside the proxy.
    var direct: [String: String] { ["SAFEHOLD_REPOSITORY": address("host", direct: true)] }

    func environment(_ changing: [String: String] = [:]) -> [String: String] {
        server.environment.merging([
            "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home",
            "SAFEHOLD_PASSPHRASE_FILE": passphrase, "TMPDIR": scratch.path,
        ]) { $1 }.merging(changing) { $1 }
    }

    func run(_ words: String..., changing: [String: String] = [:]) throws -> Ended {
        try ChildProcess.run([program] + words, environment: environment(changing))
    }

    func change(_ round: Int) throws {
        try ChildProcess.shell(
            "cd \"$1\"; echo \"$2\" > a/7; head -c 2M /dev/urandom > fleeting; head -c 1M /dev/urandom | dd of=large bs=1M seek=\"$2\" conv=notrunc status=none",
            source, String(round))
    }

    /// What is restored is what is there, from the repository that `changing` names.
    func expectRestores(
        _ changing: [String: String] = [:], _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let target = scratch.path + "/back-" + UUID().uuidString.prefix(8)
        try run("restore", "latest", "--target", target, "--strip", "--verify", "--json", changing: changing).mustBe(
            0, sourceLocation)
        try Comparison.expectSame(source, target, comment, sourceLocation: sourceLocation)
        try ChildProcess.shell("rm -rf \"$1\"", target)
    }
}
