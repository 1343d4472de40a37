import Foundation
import Testing

/// A host whose audit log is looked at as a person does: by the program.
struct AuditDesk {
    let place: Place
    /// One state for everything, with the key that opens the repository.
    let environment: [String: String]

    init() throws {
        place = try Place()
        environment = place.writing.merging(["SAFEHOLD_RECIPIENT_FILE": place.keyFile]) { $1 }
    }

    var owner: [String: String] { place.writing.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 } }

    @discardableResult
    func run(_ words: String..., as given: [String: String]? = nil) throws -> Ended {
        try ChildProcess.run([program] + words, environment: given ?? environment)
    }

    /// What was done, the oldest first.
    func acts(_ words: String...) throws -> [Summary] {
        try ChildProcess.run([program, "audit", "search", "--json"] + words, environment: environment).mustBe(0).lines()
    }

    var names: [String] { get throws { try acts().map { $0.text("act") } } }

    /// The code of the first finding, or of the error; nil where the log is whole.
    func finding(_ words: String...) throws -> String? {
        let ended = try ChildProcess.run([program, "audit", "verify", "--json"] + words, environment: environment)
        if ended.status == 0 { return nil }
        #expect(ended.status == 11, ended.said)
        return try ended.lines().first { $0.type == "finding" || $0.type == "error" }?.text("code")
    }

    var log: String { place.home + "/audit/log" }

    func shell(_ script: String, _ arguments: String...) throws {
        let names = "home=$1; log=$2; scratch=$3; shift 3; "
        try ChildProcess.run(
            ["bash", "-euo", "pipefail", "-c", names + script, "bash", place.home, log, place.scratch.path] + arguments
        ).mustBe(0)
    }
}
