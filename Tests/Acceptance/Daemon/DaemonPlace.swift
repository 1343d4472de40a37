import Foundation
import Glibc
import Testing

/// A strategy over the repository of a `Place`, and a daemon that carries it out.
final class DaemonPlace {
    let place: Place
    let strategyFile: String
    private(set) var daemon: ChildProcess?
    /// Where the command that is told of everything writes: one line a message.
    let told: String

    /// `components` are lines of YAML below `components:`, indented by two.
    init(components: String, more: String = "") throws {
        place = try Place()
        strategyFile = place.scratch.path + "/safehold.yaml"
        told = place.scratch.path + "/told"
        try write(components: components, more: more)
    }

    func write(components: String, more: String = "") throws {
        let text = """
            strategy: 1
            project: sample
            timezone: UTC
            root: \(place.source)
            defaults:
              retention: { daily: 7, weekly: 4, monthly: 12, yearly: 7 }
            stores:
              primary: { role: primary, site: here, location: \(place.repository) }
            components:
            \(components.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n"))
            contacts:
              operator:
                roles: [backup-administrator]
                command: [/bin/sh, -c, 'echo "$SAFEHOLD_EVENT $SAFEHOLD_SEVERITY" >> \(told); cat >> \(told).text']
            notifications:
              digest: { below: info }
              routes: [{ from: warning, to: [backup-administrator] }]
            \(more)
            """
        _ = try place.scratch.write(text + "\n", "safehold.yaml")
    }

    var environment: [String: String] { ["SAFEHOLD_HOME": place.home] }

    @discardableResult
    func start(_ more: [String: String] = [:]) throws -> ChildProcess {
        let process = try ChildProcess(
            [program, "daemon", "--strategy", strategyFile].map(\.bytes),
            environment: environment.merging(more) { $1 })
        daemon = process
        return process
    }

    /// Ends it in an orderly way.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM) throws -> Ended {
        let process = try #require(daemon)
        process.signal(signal)
        daemon = nil
        return process.wait()
    }

    deinit {
        daemon?.signal(SIGKILL)
        _ = daemon?.wait()
    }

    func folder(_ name: String) throws -> String {
        let path = place.source + "/" + name
        try ChildProcess.shell("mkdir -p \"$1\"", path)
        return path
    }

    func write(_ text: String, _ name: String) throws {
        try Data(text.utf8).write(to: URL(filePath: place.source + "/" + name))
    }

    func runs(_ component: String? = nil) throws -> [Summary] {
        let words = [program, "runs", "--json", "--limit", "1000"] + (component.map { ["--component", $0] } ?? [])
        return try ChildProcess.run(words, environment: environment).mustBe(0).lines()
    }

    func runs(_ component: String, _ outcome: String) throws -> [Summary] {
        try runs(component).filter { $0.text("outcome") == outcome }
    }

    /// Waits, for three minutes at most.
    func wait(_ what: Comment, _ location: SourceLocation = #_sourceLocation, until body: () throws -> Bool) throws {
        for _ in 0..<900 {
            if try body() { return }
            if daemon?.ends(within: 200) == true { break }
        }
        if try body() { return }
        let said = daemon.map { process in
            process.signal(SIGKILL)
            return process.wait().said
        }
        daemon = nil
        try #require(
            Bool(false), "\(what) did not come about. The daemon: \(String(describing: said))", sourceLocation: location
        )
    }

    var messages: [String] {
        ((try? String(contentsOfFile: told, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }
}
