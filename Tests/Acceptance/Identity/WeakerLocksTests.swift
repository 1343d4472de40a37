import Foundation
import TestSupport
import Testing

/// Locks of a real bucket become shorter under four eyes, and not otherwise (SEC-4, REG-3).
@Suite(
    .enabled(
        if: Hospital.isAvailable && S3Server.isPossible, Comment(rawValue: "\(Hospital.reason), or \(S3Server.reason)"))
)
struct WeakerLocksTests {
    @Test("Longer locks take one person; shorter ones others' agreement, a day and the very same settings")
    func weaker()
        throws
    {
        let hospital = try Hospital()
        let place = try BucketPlace(.locked)
        try place.run("init", "--lock", "compliance", "--lock-class", "daily=3").mustBe(0)
        for login in ["anna", "ben", "carla"] { try hospital.login(login).mustBe(0) }
        func lock(_ days: Int, _ more: String..., clock: Int = 0) throws -> Ended {
            let words = ["storage", "lock", "--mode", "compliance", "--class", "daily=\(days)"]
            // The bucket's server knows what time it is.
            let settings = place.environment(["SAFEHOLD_HOME": hospital.place.home, "FAULT_CLOCK": "\(clock)"])
            return try hospital.run("anna", words + ["--reason", "decided", "--json"] + more, settings: settings)
        }
        func days() throws -> [String]? {
            try place.run("storage", "lock", "--json").mustBe(0).lines().last?.fields["classes"] as? [String]
        }
        try lock(5).mustBe(0)
        try lock(4).mustBeRefused("approval-needed")
        let line = try #require(try lock(4, "--request").mustBe(0).lines().last)
        #expect(line.text("act") == "weaken-lock")
        for login in ["ben", "carla"] {
            try hospital.run(login, "approve", line.text("id"), "--plan", line.text("plan")).mustBe(0)
        }
        try lock(4, "--request-id", line.text("id")).mustBeRefused("approval-refused")
        hospital.pass(seconds: 25 * 3600)
        try hospital.login("anna").mustBe(0)
        try lock(2, "--request-id", line.text("id"), clock: -25 * 3600).mustBeRefused("approval-refused")
        #expect(try days() == ["daily=5"])
        try lock(4, "--request-id", line.text("id"), clock: -25 * 3600).mustBe(0)
        #expect(try days() == ["daily=4"])
    }
}
