import Anomaly
import Catalog
import Foundation
import Glibc
import Operations
import Primitives
import RepositoryEngine
import Storage
import Strategy
import TestSupport
import Testing

@testable import Identity

/// From what is done to files to what is kept.
@Suite("An alarm") struct AlarmTests {
    private let world: StrategyWorld
    private let docs: ComponentPlan
    private let files = 100

    init() throws {
        world = try StrategyWorld()
        var docs = world.component("docs")
        docs.retention = RetentionPolicy(last: 2)
        world.strategy.components[0] = docs
        self.docs = docs
        for number in 0..<files { world.trip.write("docs/\(number).txt", text(number)) }
        for number in 0..<3 {
            world.trip.write("docs/0.txt", text(number + 5000))
            #expect(try back().figures.verdict == (number == 0 ? "unknown" : "learning"))
        }
    }

    private func text(_ number: Int) -> [UInt8] {
        Array(String(repeating: "Minutes of meeting \(number), held as always\n", count: 30).utf8)
    }

    private func back() throws -> RunRecord { try #require(try world.carryOut([docs], mode: .incremental).first) }

    private func encrypt() {
        var generator = SeededGenerator(seed: 1)
        for number in 0..<files {
            world.trip.write(
                "docs/\(number).txt", (0..<1500).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    private func plan() throws -> ForgetPlan {
        try Forget.plan(
            permit: Permit(owner: "test"), repository: world.trip.repository, opener: world.trip.opener,
            choice: .rules(RetentionRules(world.strategy)), clock: world.trip.clock, state: world.trip.host)
    }

    private func report() throws -> Anomalies.Report {
        try Anomalies.report(
            permit: Permit(owner: "test"), repository: world.trip.repository, opener: world.trip.opener,
            state: world.trip.host)
    }

    private func clear(_ found: [Anomalies.Finding] = []) throws {
        _ = try ClearAnomalies.run(
            permit: Permit(owner: "test"), state: world.trip.host, component: "docs", found: found,
            reason: "we did it", clock: world.trip.clock)
    }

    @Test("is in the run, the catalog and the snapshot, and names the last clean one")
    func found() throws {
        let before = try back()
        encrypt()
        let run = try back()
        #expect(run.outcome == .complete && run.figures.verdict == "alarm")
        #expect(run.figures.anomaly?.contains("random bytes") == true)
        let entry = try #require(try Anomalies.known(permit: Permit(owner: "test"), state: world.trip.host).first)
        #expect(entry.snapshot == run.figures.snapshot && entry.lastClean == before.figures.snapshot)
        let finding = try #require(try report().findings.first)
        #expect(finding.lastClean?.id.hex == before.figures.snapshot)
        #expect(finding.first.id.hex == run.figures.snapshot)
        // What the daemon tells people of.
        let requests = try CatalogPlace.open(world.trip.host).takeRequests()
        #expect(requests.map(\.kind) == ["anomaly"])
    }

    @Test("keeps everything of its component until somebody has looked, and nothing of others")
    func paused() throws {
        var other = world.component("other")
        other.retention = RetentionPolicy(last: 1)
        world.strategy.components[1] = other
        for _ in 0..<3 { _ = try world.carryOut([other]) }
        #expect(try plan().dropped.count == 3)
        encrypt()
        _ = try back()
        let paused = try plan()
        #expect(paused.paused == ["docs"] && paused.warnings.contains { $0.contains("'docs'") })
        #expect(paused.dropped.map { $0.details?.component } == ["other", "other"])
        // Nor is one dropped that is named, and no host that knows of nothing drops any.
        let first = try #require(paused.lines.first { $0.summary.details?.component == "docs" }?.summary.id)
        let failure = #expect(throws: Failure.self) {
            try Forget.plan(
                permit: Permit(owner: "test"), repository: world.trip.repository, opener: world.trip.opener,
                choice: .snapshots([try SnapshotSelector(first.hex)]), clock: world.trip.clock)
        }
        #expect(failure?.message.contains("alarm") == true)
        try clear()
        let after = try plan()
        #expect(after.paused.isEmpty && after.dropped.count == 4)
        #expect(try report().findings.isEmpty)
    }

    @Test("is over for the host as well once it was cleared, and cannot be cleared twice")
    func cleared() throws {
        encrypt()
        _ = try back()
        try clear(try report().findings)
        #expect(throws: Failure.self) { try clear() }
        world.trip.write("docs/1.txt", text(7000))
        #expect(try back().figures.verdict != "alarm")
        #expect(try Anomalies.known(permit: Permit(owner: "test"), state: world.trip.host).isEmpty)
    }

    @Test("holds the daemon's retention back, and says so in the run")
    func upkeep() throws {
        encrypt()
        _ = try back()
        world.trip.write("../passphrase", Array("a passphrase for tests\n".utf8), mode: 0o600)
        world.strategy.upkeep.passphraseFile = world.trip.folder.path + "/passphrase"
        let run = try UpkeepRun(.forget(world.strategy.stores[0]), at: world.place).carryOut(
            due: nil, attempt: 1, observer: SilentObserver())
        #expect(run.outcome == .complete, "\(String(describing: run.failure))")
        #expect(try SnapshotCatalog(repository: world.trip.repository).committed.count == 4)
        #expect(try world.catalog.lines(of: run.id).contains { $0.text.contains("tampered") })
    }

    @Test("comes back with a catalog that was lost, for nobody knows any more who looked")
    func rebuilt() throws {
        encrypt()
        let run = try back()
        let fresh = try CatalogDatabase(path: world.trip.folder.path + "/fresh.sqlite")
        _ = try CatalogRebuild.run(
            permit: Permit(owner: "test"), repository: world.trip.repository, opener: world.trip.opener, catalog: fresh)
        #expect(try fresh.anomalies(open: true).map(\.snapshot) == [run.figures.snapshot])
        #expect(try fresh.runs(subject: "docs").first?.figures.verdict == "alarm")
    }
}
