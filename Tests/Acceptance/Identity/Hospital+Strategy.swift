import Foundation
import Glibc
import Testing

extension Hospital {
    /// A strategy file over this hospital's repository: one component, a line of YAML, and somebody who is told of everything.
    func strategy(
        _ component: String = "docs: { kind: documentation, sources: [docs], schedule: { full: every 1d } }",
        telling role: String = "security-lead", file: String = "safehold.yaml"
    ) throws -> String {
        try place.scratch.write(
            """
            strategy: 1
            project: sample
            timezone: UTC
            root: \(place.source)
            defaults:
              retention: { daily: 7, weekly: 4, monthly: 12, yearly: 7 }
            stores:
              primary: { role: primary, site: here, location: \(place.repository) }
            components:
              \(component)
            contacts:
              lead: { roles: [\(role)], command: [/bin/true] }
            notifications:
              digest: { below: info }
              routes: [{ from: warning, to: [\(role)] }]

            """, file)
    }

    /// A daemon that carries out a strategy while `body` looks at what is wrong. Everybody is as before afterwards.
    func withDaemon(_ strategy: String, _ settings: [String: String] = [:], _ body: () throws -> Void) throws {
        let daemon = try ChildProcess(
            [program, "daemon", "--strategy", strategy].map(\.bytes), environment: try shell("nobody", settings))
        defer {
            daemon.signal(SIGTERM)
            _ = daemon.wait()
        }
        try body()
    }

    /// Waits until each of these events is an open incident of this severity, with a word of its summary.
    func waitForIncidents(
        _ strategy: String, _ wanted: [(event: String, severity: String, word: String)],
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        try waitUntil("incidents: \(wanted.map(\.event))") {
            let incidents = try run("ada", "status", "--strategy", strategy, "--json").lines().filter {
                $0.type == "incident"
            }
            return wanted.allSatisfy { one in
                incidents.contains {
                    $0.text("event") == one.event && $0.text("severity") == one.severity
                        && $0.text("summary").contains(one.word)
                }
            }
        }
    }
}
