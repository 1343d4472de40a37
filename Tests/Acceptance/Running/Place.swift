import Foundation
import Testing

/// The program under test: SAFEHOLD_PROGRAM, or what the debug build made.
let program: String = {
    if let given = ProcessInfo.processInfo.environment["SAFEHOLD_PROGRAM"], !given.isEmpty { return given }
    return packageRoot.appending(path: ".build/debug/safehold").path
}()

/// The package's own folder, found from where this file was compiled.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
    .deletingLastPathComponent()

/// A repository, a host that writes to it, and keys that open it, in a folder of their own.
final class Place: Sendable {
    static let passphrase = "seven lamps burn in the old harbour"

    let scratch: Scratch
    let repository: String
    let home: String
    let passphraseFile: String
    let keyFile: String
    /// A directory to fill and back up.
    let source: String

    /// A fresh repository. It is a copy of one that was made once: what `init` takes longest for is the passphrase.
    init() throws {
        scratch = try Scratch()
        try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", try Self.blank.get().path, scratch.path)
        (repository, home) = (scratch.path + "/repository", scratch.path + "/home")
        (passphraseFile, keyFile) = (scratch.path + "/passphrase", scratch.path + "/key")
        source = try scratch.folder("source")
    }

    private static let blank = Result {
        let scratch = try Scratch()
        let words = try scratch.write(passphrase + "\n", "passphrase")
        try ChildProcess.run([program, "keys", "generate", "--output", scratch.path + "/key"]).mustBe(0)
        let made = try ChildProcess.run(
            [
                program, "init", "--repository", scratch.path + "/repository", "--passphrase-file", words,
                "--recipient", scratch.path + "/key.pub",
            ],
            environment: ["SAFEHOLD_HOME": scratch.path + "/home"])
        try made.mustBe(0)
        return scratch
    }

    /// What a host's scheduler sets; nothing that opens anything.
    var writing: [String: String] { ["SAFEHOLD_REPOSITORY": repository, "SAFEHOLD_HOME": home] }
    /// What somebody who restores sets: no state of the host's.
    var reading: [String: String] {
        [
            "SAFEHOLD_REPOSITORY": repository, "SAFEHOLD_HOME": scratch.path + "/nobody",
            "SAFEHOLD_RECIPIENT_FILE": keyFile,
        ]
    }

    /// Backs up and returns the summary.
    @discardableResult
    func backup(_ words: String..., expecting status: Int32 = 0) throws -> Summary {
        let ended = try ChildProcess.run(
            [program, "backup", "--json"] + (words.isEmpty ? [source] : words), environment: writing)
        return try ended.mustBe(status).summary()
    }

    func restore(_ snapshot: String = "latest", to target: String, _ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program, "restore", snapshot, "--target", target, "--json"] + words, environment: reading)
    }

    /// Restores without the leading path into a directory that does not exist yet, and returns that.
    func restored(_ snapshot: String = "latest", _ words: String...) throws -> String {
        let target = scratch.path + "/restored-" + UUID().uuidString.prefix(8)
        try ChildProcess.run(
            [program, "restore", snapshot, "--target", target, "--strip", "--json"] + words, environment: reading
        ).mustBe(0)
        return target
    }

    func verify(_ words: String...) throws -> Ended {
        try ChildProcess.run([program, "verify", "--json"] + words, environment: reading)
    }

    func snapshots() throws -> [Summary] {
        try ChildProcess.run([program, "snapshots", "--json"], environment: reading).mustBe(0).lines().filter {
            $0.type == "snapshot"
        }
    }
}

/// A line of JSON output.
struct Summary {
    var fields: [String: Any]

    var type: String { fields["type"] as? String ?? "" }
    subscript(_ name: String) -> Int { (fields[name] as? NSNumber)?.intValue ?? -1 }
    func text(_ name: String) -> String { fields[name] as? String ?? "" }
    var snapshot: String { text("snapshot") }
}

extension Ended {
    /// Requires an exit status.
    @discardableResult
    func mustBe(_ status: Int32, _ location: SourceLocation = #_sourceLocation) throws -> Ended {
        try #require(way == .exit(status), said, sourceLocation: location)
        return self
    }

    /// Output as JSON lines; every line must be one.
    func lines() throws -> [Summary] {
        try text.split(separator: "\n").map { line in
            Summary(
                fields: try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any], "not JSON: \(line)"))
        }
    }

    func summary() throws -> Summary { try #require(try lines().last { $0.type == "summary" }, said) }
    func error() throws -> Summary { try #require(try lines().last { $0.type == "error" }, said) }
    func problems() throws -> [Summary] { try lines().filter { $0.type == "entry-problem" } }
}
