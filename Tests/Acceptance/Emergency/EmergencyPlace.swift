import Foundation
import Testing

/// A host with two services that need each other in a row, and a procedure under way on it.
final class EmergencyPlace {
    let desk: DaemonPlace
    /// Where services, and what isolates, write what was asked of them: one line each.
    let deeds: String
    let target: String

    init() throws {
        let components = "docs: { kind: documentation, sources: [docs], schedule: { full: every 6h } }"
        desk = try DaemonPlace(components: components)
        deeds = desk.place.scratch.path + "/deeds"
        target = desk.place.scratch.path + "/restored"
        func deed(_ words: String) -> String { "[/bin/sh, -c, 'echo \(words) >> \(deeds)']" }
        let state = desk.place.scratch.path + "/web-is-ill"
        try desk.write(
            components: components,
            more: """
                emergency:
                  services:
                    web:
                      stop: \(deed("stop web"))
                      start: \(deed("start web"))
                      check: [/bin/sh, -c, 'test ! -e \(state)']
                      needs: [database]
                    database: { stop: \(deed("stop database")), start: \(deed("start database")), components: [docs] }
                  isolate:
                    firewall: \(deed("isolate firewall"))
                """)
        _ = try desk.folder("docs")
    }

    func makeIll(_ isIll: Bool) throws {
        try ChildProcess.shell(isIll ? ": > \"$1\"" : "rm \"$1\"", desk.place.scratch.path + "/web-is-ill")
    }

    func run() throws {
        try ChildProcess.run([program, "run", "--strategy", desk.strategyFile], environment: desk.environment).mustBe(0)
    }

    /// The newest snapshot that is complete.
    func snapshot() throws -> String { try #require(try desk.runs("docs", "complete").last).text("snapshot") }

    var environment: [String: String] {
        desk.environment.merging([
            "SAFEHOLD_REPOSITORY": desk.place.repository, "SAFEHOLD_PASSPHRASE_FILE": desk.place.passphraseFile,
            "SAFEHOLD_STRATEGY": desk.strategyFile,
        ]) { $1 }
    }

    func safehold(_ words: String...) throws -> Ended { try safehold(words) }
    func safehold(_ words: [String]) throws -> Ended {
        try ChildProcess.run([program] + words, environment: environment)
    }

    /// The steps, each with its standing, as 'status' shows them.
    func standings() throws -> [String: String] {
        let lines = try safehold("emergency", "status", "--runbook", id(), "--json").mustBe(0).lines()
        let steps = lines.filter { $0.type == "runbook-step" }
        return Dictionary(uniqueKeysWithValues: steps.map { ($0.text("step"), $0.text("standing")) })
    }

    func runbook() throws -> Summary {
        let lines = try safehold("emergency", "status", "--runbook", id(), "--json").mustBe(0).lines()
        return try #require(lines.first { $0.type == "runbook" })
    }

    func id() throws -> String {
        let folder = desk.place.home + "/emergency"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return try #require(names.filter { $0.contains("Z-") }.max())
    }

    /// Goes on as far as the procedure goes: people say 'done', and everything is restored below `target`. Returns the steps in order.
    @discardableResult
    func finish() throws -> [String] {
        var steps: [String] = []
        while try runbook().text("outcome") == "open" {
            let next = try runbook().text("next")
            steps.append(next)
            try goOn(next).mustBe(0)
        }
        return steps
    }

    func goOn(_ step: String) throws -> Ended { try safehold(words(step)) }

    func words(_ step: String) throws -> [String] {
        let people = [
            "judge-failure", "isolate-systems", "judge-breach", "patch", "rotate-keys", "notify", "resume",
            "judge-scope",
        ]
        let more = people.contains(step) ? ["--note", "done"] : ["restore"].contains(step) ? ["--target", target] : []
        return ["emergency", "next", "--json"] + more
    }

    var done: [String] {
        ((try? String(contentsOfFile: deeds, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}
