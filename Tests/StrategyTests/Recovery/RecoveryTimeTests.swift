import Primitives
import Testing

@testable import Strategy

@Suite("The time that a recovery goes to") struct RecoveryTimeTests {
    @Test(
        "is read as RFC 3339 and as PostgreSQL write it",
        arguments: [
            ("2026-11-27T10:00:00Z", "2026-11-27 10:00:00+00"),
            ("2026-11-27t10:00:00z", "2026-11-27 10:00:00+00"),
            ("2026-11-27 10:00:00+00", "2026-11-27 10:00:00+00"),
            ("2026-11-27 10:00:00 UTC", "2026-11-27 10:00:00+00"),
            ("2026-11-27 10:00+01", "2026-11-27 09:00:00+00"),
            ("2026-11-27 10:00:00+05:30", "2026-11-27 04:30:00+00"),
            ("2026-11-27 10:00:00-0330", "2026-11-27 13:30:00+00"),
            ("2026-12-31 23:30:00-01", "2027-01-01 00:30:00+00"),
            ("2026-11-27 10:00:00.5+00", "2026-11-27 10:00:00.500000+00"),
            ("2026-11-27 10:00:00.000001+00", "2026-11-27 10:00:00.000001+00"),
            ("2026-11-27 10:00:00.1234569+00", "2026-11-27 10:00:00.123456+00"),
            ("2024-02-29 00:00:00+00", "2024-02-29 00:00:00+00"),
        ]) func read(_ text: String, _ setting: String) throws
    {
        #expect(RecoveryTime.setting(try RecoveryTime.parse(text)) == setting)
    }

    @Test(
        "is refused without a zone",
        arguments: ["2026-11-27 10:00:00", "2026-11-27T10:00", "2026-11-27 10:00:00.25", "2026-11-27 10:00:00 "])
    func zoneless(_ text: String) {
        #expect(throws: RecoveryTime.Refusal.noZone) { try RecoveryTime.parse(text) }
    }

    @Test(
        "is refused where it is none",
        arguments: [
            "", "now", "yesterday", "2026-11-27", "2026-11-31 10:00:00+00", "2026-13-01 10:00:00+00",
            "2025-02-29 10:00:00Z", "2026-11-27 24:00:00+00", "2026-11-27 10:60:00+00", "2026-11-27 10:00:60+00",
            "2026-11-27 10:00:00+", "2026-11-27 10:00:00+1", "2026-11-27 10:00:00+99", "2026-11-27 10:00:00.+00",
            "2026-11-27 10:00:00 Europe/Berlin", "26-11-27 10:00:00+00", "2026-11-27 10:00:00+00 x",
            "0001-01-01 00:00:00+00", "2026-11-27 10:00:00+01:00:00:00",
        ]) func unreadable(_ text: String)
    {
        #expect(throws: RecoveryTime.Refusal.unreadable) { try RecoveryTime.parse(text) }
    }

    @Test("is the same again when it is written and read") func again() throws {
        for seed in 0..<2000 {
            let time = Timestamp(nanoseconds: Int64(seed) * 987_654_321_123_000 + 1_000_000_000_000_000_000)
            #expect(try RecoveryTime.parse(RecoveryTime.setting(time)) == time)
        }
    }
}
