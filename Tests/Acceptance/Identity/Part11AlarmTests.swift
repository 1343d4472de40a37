import Foundation
import Glibc
import Testing

/// 21 CFR 11.300(d): who keeps security hears of it at once.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct Part11AlarmTests {
    @Test("N-20, CR-4: an account that was closed is an open incident, and critical") func closed() throws {
        let hospital = try Hospital()
        let strategy = try hospital.place.scratch.write(
            """
            strategy: 1
            project: sample
            timezone: UTC
            root: \(hospital.place.source)
            defaults:
              retention: { daily: 7, weekly: 4, monthly: 12, yearly: 7 }
            stores:
              primary: { role: primary, site: here, location: \(hospital.place.repository) }
            components:
              docs: { kind: documentation, sources: [docs], schedule: { full: every 1d } }
            contacts:
              lead: { roles: [security-lead], command: [/bin/true] }
            notifications:
              digest: { below: info }
              routes: [{ from: warning, to: [security-lead] }]

            """, "safehold.yaml")
        try ChildProcess.shell("mkdir \"$1\"/docs", hospital.place.source)
        try hospital.adopt(strategy)
        try hospital.login("ada").mustBe(0)
        for _ in 0..<5 { try hospital.login("carla", code: "000000").mustBeRefused("sign-in-refused") }
        let daemon = try ChildProcess(
            [program, "daemon", "--strategy", strategy].map(\.bytes), environment: try hospital.shell("nobody"))
        defer {
            daemon.signal(SIGTERM)
            _ = daemon.wait()
        }
        try waitUntil("an incident") {
            try hospital.run("ada", "status", "--strategy", strategy, "--json").lines().contains {
                $0.type == "incident" && $0.text("event") == "account.locked" && $0.text("severity") == "critical"
                    && $0.text("summary").contains("carla")
            }
        }
    }
}
