import Capture
import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

/// Archived log follows base backups, and is none itself.
@Suite("Archived log under retention") struct LogRetentionTests {
    private static let day: Int64 = 86_400_000_000_000

    private final class Times: Sendable {
        let now = Monitor(Timestamp(nanoseconds: 1_700_000_000_000_000_000))
    }

    private let times = Times()
    private let log: LogTrip

    init() throws {
        let times = times
        log = try LogTrip(clock: WallClock { times.now.withLock { $0 } })
    }

    private func day(_ number: Double) {
        let time = Timestamp(nanoseconds: 1_700_000_000_000_000_000 + Int64(number * Double(Self.day)))
        times.now.withLock { $0 = time }
        log.trip.store.time.withLock { $0 = time }
    }

    /// Something whose path is its component's name, as base backups have it.
    private func baseBackup() throws -> Digest32 {
        var options = BackupOptions(
            paths: [], component: "cluster", host: "elsewhere", user: "test", software: "test")
        options.streams = [
            StreamedFile(
                path: Array("/cluster".utf8),
                source: CommandStream(["date", "+%N"], settings: [], patience: .seconds(60)))
        ]
        return try Backup.run(
            permit: Permit(owner: "test"), repository: log.trip.repository, host: log.trip.host, options: options,
            observer: SilentObserver(), clock: log.trip.clock
        ).snapshot
    }

    private func kept(_ policy: RetentionPolicy) throws -> (logs: Set<String>, backups: Int) {
        let plan = try Forget.plan(
            permit: Permit(owner: "test"), repository: log.trip.repository, opener: log.trip.opener,
            choice: .policy(policy), clock: log.trip.clock)
        let kept = plan.lines.filter { !$0.reasons.isEmpty }
        let tags = kept.filter(\.isLog).flatMap { $0.summary.details?.tags ?? [] }
        return (
            Set(tags.filter { $0.hasPrefix("wal=") }.map { String($0.dropFirst(4).prefix(24)) }),
            kept.count { !$0.isLog }
        )
    }

    @Test("stays from the oldest base backup on that stays, and takes no backup's place") func follows() throws {
        for number in 0..<6 {
            day(Double(number))
            _ = try baseBackup()
            day(Double(number) + 0.2)
            try log.push(UInt64(number))
        }
        day(6)
        func names(_ numbers: ClosedRange<UInt64>) -> Set<String> { Set(numbers.map { log.name($0) }) }
        #expect(try kept(RetentionPolicy(last: 6)) == (names(0...5), 6))
        #expect(try kept(RetentionPolicy(last: 2)) == (names(4...5), 2))
        #expect(try kept(RetentionPolicy(daily: 3)) == (names(3...5), 3))
        // However little is kept, the newest base backup is.
        #expect(try kept(RetentionPolicy()) == (names(5...5), 1))
        let lines = try ExplainRetention.run(
            permit: Permit(owner: "test"), repository: log.trip.repository, opener: log.trip.opener,
            rules: RetentionRules(other: RetentionPolicy(last: 2)), clock: log.trip.clock
        ).lines
        #expect(lines.count == 12 && lines.count { $0.isKept } == 4)
    }

    @Test("stays altogether where there is no base backup") func doubt() throws {
        for number in 0..<3 {
            day(Double(number))
            try log.push(UInt64(number))
        }
        #expect(try kept(RetentionPolicy(last: 1)) == (Set((0...2).map { log.name($0) }), 0))
    }
}
