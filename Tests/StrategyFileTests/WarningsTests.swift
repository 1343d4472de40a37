import StrategyFile
import Testing

/// What may be meant, and should be looked at.
@Suite struct WarningsTests {
    private func warnings(_ exclude: String) throws -> [StrategyProblem] {
        let text = """
            strategy: 1
            project: ward
            defaults: { schedule: { full: daily at 00:00 }, retention: { daily: 7 } }
            stores:
              primary: { role: primary, site: here, location: /srv/backup/primary }
              second: { role: secondary, site: cellar, copy-of: primary, schedule: every 6h, location: /srv/backup/second }
            components:
              all: { kind: source, sources: [/home, /srv], exclude: [\(exclude)] }
            """
        return try StrategyText.parse(Array(text.utf8), base: Array("/etc/safehold".utf8)).warnings
    }

    @Test func aStoreInsideASourceIsSaidWithItsPlace() throws {
        let warnings = try warnings("")
        #expect(warnings.map(\.path) == ["components.all.sources[2]"])
        #expect(warnings.first?.line == 8)
        #expect(warnings.first?.text.contains("the store 'second' lies in it, at /srv/backup/second") == true)
    }

    @Test(arguments: ["/backup", "backup/second", "second/", "backup"])
    func whatIsLeftOutIsNotWarnedOf(_ pattern: String) throws {
        #expect(try warnings("'\(pattern)'").isEmpty)
    }

    @Test func aPatternForSomethingElseDoesNotHideIt() throws {
        #expect(try warnings("'*.tmp', backups").count == 1)
    }

    @Test func aTimeZoneThatThisSystemDoesNotHaveIsSaidWithItsPlaceAndAllElse() throws {
        let text = "strategy: 1\nproject: ward\ntimezone: Europe/Atlantis\n"
        let problems = #expect(throws: StrategyProblems.self) {
            try StrategyText.parse(Array(text.utf8), base: []) { $0 == "UTC" }
        }
        let found = problems?.problems.first { $0.path == "timezone" }
        #expect(found?.line == 3 && found?.column == 11)
        #expect((problems?.problems.count ?? 0) > 1, "the rest of what is wrong is said as well")
    }
}
