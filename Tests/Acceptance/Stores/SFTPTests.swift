import Foundation
import Glibc
import TestSupport
import Testing

/// A repository behind SFTP on a real server, as a user has it.
@Suite(.enabled(if: SSHServer.isPossible, Comment(rawValue: SSHServer.reason))) struct SFTPTests {
    private let server: SSHServer
    private let scratch: Scratch
    private let source: String

    init() throws {
        server = try SSHServer()
        scratch = try Scratch()
        source = try scratch.folder("source")
        try ChildProcess.shell(
            "cd \"$1\"; mkdir -p a/b; for i in $(seq 100); do echo \"file $i\" > a/$i; done; head -c 12M /dev/urandom > a/b/large",
            source)
    }

    private var address: String { server.address(server.folder + "/store/host") }

    private func run(_ words: String..., changing: [String: String] = [:]) throws -> Ended {
        try ChildProcess.run([program] + words, environment: try environment().merging(changing) { $1 })
    }

    private func environment() throws -> [String: String] {
        [
            "SAFEHOLD_REPOSITORY": address, "SAFEHOLD_HOME": scratch.path + "/home",
            "SAFEHOLD_PASSPHRASE_FILE": try scratch.write(Place.passphrase, "passphrase"), "TMPDIR": scratch.path,
        ]
    }

    private func expectRestores(from repository: String? = nil) throws {
        let target = scratch.path + "/back-" + UUID().uuidString.prefix(6)
        let changing = repository.map { ["SAFEHOLD_REPOSITORY": $0] } ?? [:]
        try run("restore", "latest", "--target", target, "--strip", "--verify", changing: changing).mustBe(0)
        try Comparison.expectSame(source, target)
    }

    @Test("It is made, written to twice, checked, restored, forgotten and collected, and copied to and fro")
    func wholeRound() throws {
        try run("init").mustBe(0)
        try run("backup", source).mustBe(0)
        try ChildProcess.shell("echo more >> \"$1\"/a/7", source)
        let second = try run("backup", source, "--json").mustBe(0).summary()
        #expect(second.text("mode") == "incremental")
        try ChildProcess.shell("head -c 2M /dev/urandom > \"$1\"/fleeting", source)
        try run("backup", source).mustBe(0)
        try ChildProcess.shell("rm \"$1\"/fleeting", source)
        try run("backup", source).mustBe(0)
        try run("verify", "--read-data").mustBe(0)
        try run("verify", "--read-data", "--without-key").mustBe(0)
        try expectRestores()
        let local = scratch.path + "/local", other = server.address(server.folder + "/store/other")
        try run("replicate", "--create", "--to", local, "--to", other).mustBe(0)
        try ChildProcess.shell(
            "diff -r \"$1\" \"$2\"; diff -r \"$1\" \"$3\"", local, server.folder + "/store/host",
            server.folder + "/store/other")
        try expectRestores(from: local)
        try expectRestores(from: other)
        try run("forget", "--keep-last", "1").mustBe(0)
        #expect(try run("collect", "--json").mustBe(0).summary()["packs_removed"] > 0)
        try run("verify", "--read-data").mustBe(0)
        try expectRestores()
        try run("doctor").mustBe(0)
    }

    @Test("A backup goes on over connections that break, and after a server that was away") func broken() throws {
        try run("init").mustBe(0)
        let process = try ChildProcess(
            [program, "backup", "--json", source].map(\.bytes), environment: try environment())
        for _ in 0..<5 where !process.ends(within: 150) { try server.cut() }
        try process.wait().mustBe(0)
        try run("verify", "--read-data").mustBe(0)
        try ChildProcess.shell("head -c 3M /dev/urandom > \"$1\"/second", source)
        try server.goDown()
        #expect(try run("backup", "--json", source).mustBe(13).error().text("code") == "storage-failed")
        try server.comeUp()
        try run("backup", source).mustBe(0)
        try expectRestores()
    }

    @Test(
        "What is wrong is said with its code",
        arguments: [
            (SSHServer.Client.foreign, "storage-credentials"), (.unknown, "storage-untrusted"),
            (.changed, "storage-untrusted"),
        ])
    func mistakes(_ client: SSHServer.Client, _ code: String) throws {
        let wrong = server.address(server.folder + "/store/host", client)
        let ended = try run("snapshots", "--json", changing: ["SAFEHOLD_REPOSITORY": wrong])
        #expect(try ended.mustBe(12).error().text("code") == code)
    }

    @Test("A full disk of the server is named", .enabled(if: Mount.isPossible, Mount.reason)) func full() throws {
        let folder = server.folder + "/store/small"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let mount = try Mount(at: folder, size: "9m")
        defer { mount.vanish() }
        let small = ["SAFEHOLD_REPOSITORY": server.address(folder + "/host")]
        try run("init", changing: small).mustBe(0)
        let ended = try run("backup", "--json", source, changing: small)
        #expect(try ended.mustBe(13).error().text("code") == "storage-full")
    }
}
