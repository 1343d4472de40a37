import Foundation
import Glibc
import Testing

/// 21 CFR 11.300(d), 11.10(e): who keeps security hears of it at once.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct Part11AlarmTests {
    /// A hospital with people who sign, whose strategy is carried out; ada looks.
    private static func watched() throws -> (Hospital, strategy: String) {
        let hospital = try Hospital.withSigners()
        let strategy = try hospital.strategy()
        try ChildProcess.shell("mkdir \"$1\"/docs", hospital.place.source)
        try hospital.adopt(strategy)
        try hospital.login("ada").mustBe(0)
        return (hospital, strategy)
    }

    @Test(
        "N-15, N-20, CR-4: an account that was closed, a signing in another's session, and sign-ins under names that nobody has, are open incidents"
    )
    func accounts() throws {
        let (hospital, strategy) = try Self.watched()
        for _ in 0..<5 { try hospital.login("dora", code: "000000").mustBeRefused("sign-in-refused") }
        let report = try hospital.file("report.txt", "restore test 24")
        try hospital.run(
            "carla", ["sign", report, "--meaning", "review", "--json"] + hospital.shown("ben", name: "ben")
        ).mustBeRefused("sign-in-refused")
        // Four strangers are nobody's business, a fifth is.
        for number in 1...5 {
            try hospital.login("stranger\(number)", password: "x", code: "000000").mustBeRefused("sign-in-refused")
        }
        try hospital.withDaemon(strategy) {
            try hospital.waitForIncidents(
                strategy,
                [
                    ("account.locked", "critical", "dora"), ("account.signing", "critical", "carla"),
                    ("account.unknown", "error", "nobody has"),
                ])
        }
    }

    @Test(
        "N-14, CR-4: a session that is used on another machine is an open incident",
        .enabled(if: isRoot && ChildProcess.has("unshare") && FileManager.default.fileExists(atPath: "/etc/machine-id"))
    )
    func stolen() throws {
        let (hospital, strategy) = try Self.watched()
        let machine = try hospital.place.scratch.write("0123456789abcdef0123456789abcdef\n", "machine-id")
        let there = ["unshare", "-m", "sh", "-c", "mount --bind \"$0\" /etc/machine-id && exec \"$@\"", machine]
        try ChildProcess.run(there + [program, "snapshots", "--json"], environment: try hospital.shell("carla"))
            .mustBeRefused("not-signed-in")
        try hospital.withDaemon(strategy) {
            try hospital.waitForIncidents(strategy, [("account.stolen", "critical", "carla")])
        }
    }

    @Test("N-16: that somebody was given another password is told to those who keep security")
    func reset() throws {
        let (hospital, strategy) = try Self.watched()
        for login in ["anna", "ben", "carla"] { try hospital.login(login).mustBe(0) }
        let words = ["users", "reset", "dora", "--json"]
        let asked = try #require(try hospital.run("anna", words + ["--request"]).mustBe(0).lines().last)
        for login in ["ben", "carla"] {
            try hospital.run(login, "approve", asked.text("id"), "--plan", asked.text("plan")).mustBe(0)
        }
        let handover = ["--request-id", asked.text("id"), "--handover", hospital.place.scratch.path + "/handed"]
        try hospital.run("anna", words + handover).mustBe(0)
        try hospital.withDaemon(strategy) {
            try hospital.waitForIncidents(strategy, [("account.reset", "warning", "dora")])
        }
    }

    @Test("N-03, SR-8: the daemon compares signatures and people with the log; a state that was put back is told")
    func reconciled() throws {
        let (hospital, strategy) = try Self.watched()
        try hospital.keep("catalog.sqlite* identity", as: "older")
        let report = try hospital.file("report.txt", "restore test 25")
        try hospital.login("carla").mustBe(0)
        let signed = try #require(try hospital.sign("carla", report).mustBe(0).lines().last).text("signature")
        try hospital.putBack("older")
        try hospital.withDaemon(strategy) {
            try hospital.waitForIncidents(strategy, [("signatures.differ", "critical", signed)])
        }
    }

    @Test("T-AT-05: a clock that is set back or ahead is an incident, and so is a store's that differs")
    func clocks() throws {
        let (hospital, strategy) = try Self.watched()
        // The store's objects have the kernel's time, which no test sets.
        try hospital.run("ben", ["backup", hospital.place.source], settings: ["FAULT_CLOCK": "-7200"]).mustBe(0)
        // What looks like hours without use ended the sessions.
        try hospital.login("ada").mustBe(0)
        try hospital.withDaemon(strategy) {
            try hospital.waitForIncidents(
                strategy,
                [
                    ("clock.jumped", "error", "back by"), ("clock.jumped", "warning", "forward by"),
                    ("clock.differs", "error", hospital.place.repository),
                ])
        }
    }
}
