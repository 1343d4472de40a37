import Primitives
import Strategy
import StrategyFile
import Testing

/// The preset in sentences.
@Suite struct ExplanationTests {
    private static let now = Timestamp(description: "2026-11-25T21:30:00Z")

    private func explanation(_ component: String? = nil, _ edit: (inout BackupStrategy) -> Void = { _ in }) throws
        -> Explanation
    {
        var strategy = try PresetTests.reading().strategy
        edit(&strategy)
        return Explanation(strategy, component: component, at: try #require(Self.now), in: .utc)
    }

    /// What the document demands of components, schedules, retention, places, contacts, reviews and drills is said somewhere.
    @Test func eachDemandIsAnswered() throws {
        let said = Set(try explanation().sections.flatMap(\.sentences).flatMap(\.requirements))
        let demands =
            (1...7).map { "COMP-\($0)" } + (1...4).flatMap { ["SCHED-\($0)", "RET-\($0)", "REV-\($0)", "VER-\($0)"] }
            + ["LOC-2", "LOC-5", "LOC-6", "LOC-7", "CON-1", "CON-2"]
        #expect(Set(demands).subtracting(said) == [])
    }

    @Test func aComponentIsExplained() throws {
        let sections = try explanation("database").sections
        #expect(sections.map(\.title) == ["database"])
        #expect(
            sections[0].sentences.map { ([$0.text] + $0.requirements).joined(separator: " ") } == [
                "Its kind is 'database', and it consists of /srv/iqhis/database. COMP-4",
                "What changed in its large files is stored as the difference to the version before.",
                "Its criticality is high.",
                "In full, every byte read again: every 6h, next on 2026-11-26 00:00, 2026-11-26 06:00 and 2026-11-26 12:00 (UTC). SCHED-4",
                "Of each of the newest 7 days that have backups, the newest one is kept. RET-1",
                "Of each of the newest 4 weeks that have backups, the newest one is kept. RET-2",
                "Of each of the newest 12 months that have backups, the newest one is kept. RET-3",
                "Of each of the newest 7 years that have backups, the newest one is kept. RET-4",
                "This host's daemon drops nothing: whoever holds a key of an administrator does, with 'safehold forget'.",
                "It is backed up to 'primary' at headquarters: /srv/iqhis/backup/primary. LOC-5",
                "Copied to 'secondary' at another site, second-site: every 6h, next on 2026-11-26 00:00, 2026-11-26 06:00 and 2026-11-26 12:00 (UTC). LOC-2 LOC-7",
                "Copied to media 'offline', kept at another site, bank-vault: monthly on 1 at 08:00, next on 2026-12-01 08:00, 2027-01-01 08:00 and 2027-02-01 08:00 (UTC). LOC-6 LOC-7",
                "Promised: the newest backup is to be no older than 8h; somebody is told when it is.",
                "Promised: it is restored within 2h.",
                "When its backup fails, backup-administrator and technical-lead are told. CON-1",
                "When nobody has acknowledged that within 1h, support and infrastructure-team are told too. CON-2",
            ])
    }

    @Test func whatIsMissingIsSaid() throws {
        let texts = try explanation("documentation") { strategy in
            strategy.stores.removeSubrange(1...)
            strategy.contacts = []
            strategy.notifications = NotificationPlan()
        }.sections[0].sentences.map(\.text)
        #expect(texts.contains("There is no other copy of it: what happens to 'primary' happens to all backups."))
        #expect(texts.contains("Nobody is told when its backup fails."))
    }
}
