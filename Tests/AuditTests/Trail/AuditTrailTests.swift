import Foundation
import Primitives
import TestSupport
import Testing
import TransparencyLog

@testable import Audit

@Suite struct AuditTrailTests {
    let world: TrailWorld

    init() throws { world = try TrailWorld() }

    @Test("What is done is in the log before it is begun, and with its end when it is over") func beforeAndAfter()
        throws
    {
        let trail = world.trail()
        var act = Act("forget", .remove, on: [ActObject(.repository, "/srv/backup")], reason: "Order 17")
        act.plan = Digest32(a: 1, b: 2, c: 3, d: 4)
        let open = try trail.begin(act)
        let begun = try #require(try world.acts().first)
        #expect(begun.intent.act == "forget" && begun.result == nil && begun.intent.reason == "Order 17")
        #expect(begun.objects == act.objects && begun.intent.plan == act.plan)
        #expect(begun.entry.actor == TrailWorld.anna && begun.entry.moment == world.moment)
        world.pass(seconds: 5)
        var ending = ActEnding(.partial, .objectLocked)
        ending.objects = [ActObject(.snapshot, "1f3a")]
        try trail.end(open, ending)
        let over = try #require(try world.acts().first)
        #expect(over.number == 0 && over.result == .partial && over.code == .objectLocked)
        #expect(over.objects == act.objects + ending.objects)
        #expect(over.ends.map(\.entry.moment) == [world.moment])
    }

    @Test("Who has signed in stands in both entries, beside the user of the operating system") func session() throws {
        let trail = world.trail()
        var act = Act("forget", .remove)
        act.session = AuditSession(
            "5a", of: "p-17", login: "carla", name: "Carla Cho", as: "backup-administrator", authentication: "session")
        try trail.end(try trail.begin(act), ActEnding(.ok))
        let over = try #require(try world.acts().first)
        for actor in [over.entry.actor, try #require(over.ends.first).entry.actor] {
            #expect(actor.session == act.session && actor.authentication == "session" && actor.name == "anna")
        }
        var search = AuditSearch()
        search.person = "p-17"
        #expect(try world.acts(search).count == 1)
    }

    @Test("Keys and log are for their owner only") func modes() throws {
        try world.perform("backup")
        func mode(_ path: String) throws -> Int? {
            (try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber)?.intValue
        }
        #expect(try mode(world.place.folder) == 0o700)
        for file in [world.place.key, world.place.head] { #expect(try mode(file) == 0o600, "\(file)") }
        #expect(try mode(world.place.folder + "/" + world.newestEntries()) == 0o600)
    }

    @Test("Threads that write at the same time lose nothing") func threads() throws {
        try Concurrently.forEach(Array(0..<24), threads: 8) { [world] number in
            let trail = world.trail()
            try trail.end(try trail.begin(Act("act-\(number)", .view)), ActEnding(.ok))
        }
        let acts = try world.acts()
        #expect(Set(acts.map(\.intent.act)) == Set((0..<24).map { "act-\($0)" }) && acts.count == 24)
        #expect(acts.allSatisfy { $0.result == .ok && $0.ends.count == 1 })
        let report = try AuditBook(world.place).verify(against: [])
        #expect(report.findings.isEmpty && report.open == 0 && report.tree.size == 48)
    }

    @Test("Who is gone without an end is found by whoever writes next, and who is at it is left alone") func gone()
        throws
    {
        let trail = world.trail()
        let alive = try trail.begin(Act("backup", .add))
        do { _ = try trail.begin(Act("collect", .remove)) }
        try world.perform("stats", by: AuditActor(kind: .host, uid: 0, name: "root", loginUID: nil, host: "ward-7"))
        let acts = try world.acts()
        #expect(acts.map(\.intent.act) == ["backup", "collect", "stats"])
        #expect(acts.map(\.result) == [nil, .interrupted, .ok])
        let found = try #require(acts[1].ends.first)
        #expect(found.outcome.isReconciled && found.entry.actor.name == "root")
        try trail.end(alive, ActEnding(.ok))
        try world.perform("stats")
        #expect(try world.acts().map(\.result) == [.ok, .interrupted, .ok, .ok])
        #expect(try world.acts()[1].ends.count == 1)
    }

    @Test("What others append between two acts of one program is gone on from") func kept() throws {
        let trail = world.trail()
        let first = try trail.begin(Act("first", .view))
        try world.perform("other")
        try trail.end(first, ActEnding(.ok))
        let second = try trail.begin(Act("second", .view))
        try world.perform("another")
        try trail.end(second, ActEnding(.ok))
        #expect(try world.acts().map(\.intent.act) == ["first", "other", "second", "another"])
        #expect(try world.acts().allSatisfy { $0.result == .ok })
        #expect(try AuditBook(world.place).verify(against: []).findings.isEmpty)
    }

    @Test("A program that runs remembers what it wrote, also where everything else is put back") func remembers() throws
    {
        let trail = world.trail()
        try trail.end(try trail.begin(Act("first", .view)), ActEnding(.ok))
        let old = try world.keep(world.place.state)
        try trail.end(try trail.begin(Act("second", .view)), ActEnding(.ok))
        try world.putBack(old, to: world.place.state)
        #expect(TrailWorld.code { _ = try trail.begin(Act("third", .view)) } == .auditRolledBack)
        // Others know no better.
        for _ in 0..<2 { try world.perform("elsewhere") }
        #expect(TrailWorld.code { _ = try trail.begin(Act("fourth", .view)) } == .auditForked)
    }

    @Test("Ends far from their beginnings, and many acts, are found in their order") func manyActs() throws {
        let trail = world.trail()
        let long = try trail.begin(Act("daemon", .add))
        let all = (0..<600).map { "act-\($0)" }
        try world.append(all)
        try trail.end(long, ActEnding(.partial))
        let acts = try world.acts()
        #expect(acts.map(\.intent.act) == ["daemon"] + all && acts[0].result == .partial)
        #expect(acts.dropFirst().allSatisfy { $0.result == .ok && $0.ends.count == 1 })
        var search = AuditSearch()
        search.act = "act-599"
        #expect(try world.acts(search).map(\.number) == [1199])
        let book = try AuditBook(world.place)
        #expect(try book.find(AuditSearch(), limit: 3).count == 3)
        let report = try book.verify(against: [])
        #expect(report.findings.isEmpty && report.acts == 601 && report.open == 0)
    }

    @Test("The clock of a store stands in the outcome, with how far it is ahead") func storeClock() throws {
        let trail = world.trail()
        let open = try trail.begin(Act("backup", .add))
        let told = world.moment
        world.pass(seconds: 3)
        var ending = ActEnding(.ok)
        ending.stores = [
            StoreReading(
                "s3://bucket", time: Timestamp(nanoseconds: told.time.nanoseconds - 90_000_000_000), uptime: told.uptime
            )
        ]
        // Somebody sets this host's clock before the end: the store's shows it.
        world.setClock(back: 3600)
        try trail.end(open, ending)
        let moment = try #require(try world.acts().first?.ends.first).entry.moment
        #expect(moment.stores.map(\.ahead) == [3_600_000 - 90_000])
        #expect(moment.stores.first?.name.description == "s3://bucket")
        #expect(moment.stores.first?.time.nanoseconds == told.time.nanoseconds - 90_000_000_000)
    }

    @Test("After a crash between the log and what is remembered of it both fit again") func catchesUp() throws {
        try world.perform("first")
        let old = try world.keep(world.place.head)
        let open = try world.trail().begin(Act("second", .view))
        try world.perform("third")
        try world.putBack(old, to: world.place.head)
        try world.perform("fourth")
        #expect(try world.acts().map(\.result) == [.ok, nil, .ok, .ok])
        try world.trail().end(open, ActEnding(.ok))
        let head = try #require(try AuditHead.read(world.place))
        #expect(head.open.isEmpty && head.tree.size == 8)
    }

    @Test("What cannot be written is not begun") func unwritable() throws {
        try FileManager.default.createDirectory(atPath: world.place.state, withIntermediateDirectories: true)
        try Data("in the way".utf8).write(to: URL(filePath: world.place.folder))
        #expect(TrailWorld.code { _ = try world.trail().begin(Act("backup", .add)) } == .auditUnwritable)
    }

    @Test("Who holds the log for too long is not waited for") func busy() throws {
        try world.perform("backup")
        let lock = try TrailLock(world.place, patience: .zero)
        defer { lock.release() }
        let trail = world.trail(patience: .milliseconds(20))
        #expect(TrailWorld.code { _ = try trail.begin(Act("backup", .add)) } == .auditBusy)
    }
}
