import Primitives
import Testing

@testable import Strategy

@Suite("Messages that do not arrive")
struct UndeliveredTests {
    var world = NotifiedWorld()

    @Test("are tried again, ever more seldom, and arrive when the channel is back")
    mutating func backOff() throws {
        world.broken = ["email anna@example.org"]
        world.happens()
        try world.pass(6 * 3600)
        #expect(world.reasons("anna") == [])
        #expect((8...16).contains(world.tried("anna")))
        world.broken = []
        try world.pass(3600)
        #expect(world.reasons("anna").first == [.opened])
    }

    @Test("after three attempts the next role is told that somebody cannot be reached, and what he was to hear")
    mutating func forwarded() throws {
        world.broken = ["email anna@example.org"]
        world.happens()
        try world.pass(600)
        let ben = world.arrived.filter { $0.contact == "ben" && $0.channel.hasPrefix("email") }
        #expect(ben.flatMap(\.items).map(\.event.kind) == [.contactUnreachable, .backupFailed])
        #expect(ben.flatMap(\.items).map(\.reason) == [.opened, .forwarded])
        world.broken = []
        world.dispatcher.recovered("backup/docs", at: world.now)
        try world.pass(4000)
        #expect(world.dispatcher.openIncidents == [])
        let over = world.arrived.filter { $0.contact == "ben" && $0.channel.hasPrefix("email") }.flatMap(\.items)
            .filter { $0.reason == .over }
        #expect(Set(over.map(\.event.kind)) == [.contactUnreachable, .backupFailed], "he hears the end of both")
    }

    @Test("when nobody can be reached nothing is lost, and it ends as few messages")
    mutating func nobody() throws {
        world.broken = [
            "email anna@example.org", "email ben@example.org", "command /bin/pager",
        ]
        for number in 0..<50 {
            world.happens("c\(number)")
            try world.pass(1800)
        }
        #expect(world.arrived == [])
        world.broken = []
        try world.pass(2 * 3600)
        let anna = world.arrived.filter { $0.contact == "anna" }
        let told = Set(anna.flatMap(\.items).map(\.event.key))
        #expect(told.isSuperset(of: (0..<50).map { "backup/c\($0)" }))
        #expect(anna.count <= 8)
        #expect(!world.dispatcher.openIncidents.contains { $0.event.kind == .contactUnreachable })
    }

    @Test("a second channel that stays broken is given up after a day")
    mutating func secondChannel() throws {
        world.broken = ["command /bin/pager"]
        world.dispatcher.report(Event(.successReport, "report", .info, at: world.now, "Well."), at: world.now)
        var plan = NotifiedWorld.plan
        plan.routes = [.init(from: .info, to: ["ben"])]
        world = NotifiedWorld(plan: plan)
        world.broken = ["command /bin/pager"]
        world.dispatcher.notice(world.event("x", .error), at: world.now)
        try world.pass(86_000)
        #expect(world.dispatcher.pending.failing == 1)
        try world.pass(8000)
        #expect(world.dispatcher.pending.all == 0)
        #expect(world.reasons("ben") == [[.once]])
    }

    @Test("a channel that cannot work as it is set up is tried once an hour, and forwarded at once")
    mutating func hopeless() throws {
        world.happens()
        world.now = world.now.later(by: .seconds(10))
        world.dispatcher.advance(to: world.now)
        let attempt = try #require(world.dispatcher.take(at: world.now).first)
        world.dispatcher.finished(attempt, .failed("No such user.", isHopeless: true), at: world.now)
        #expect(world.dispatcher.openIncidents.contains { $0.event.key == "contact/anna" })
        let next = world.dispatcher.state.deliveries.values.flatMap(\.channels).map(\.next)
        #expect(next == [world.now.later(by: .seconds(3600))])
    }

    @Test("what a server asks for is waited for, within reason")
    mutating func retryAfter() throws {
        for (asked, waited) in [(Duration.seconds(600), Duration.seconds(600)), (.seconds(9_000_000), .seconds(3600))] {
            world = NotifiedWorld()
            world.happens()
            world.now = world.now.later(by: .seconds(10))
            world.dispatcher.advance(to: world.now)
            let attempt = try #require(world.dispatcher.take(at: world.now).first)
            world.dispatcher.finished(attempt, .failed("Later.", retryAfter: asked), at: world.now)
            #expect(world.dispatcher.state.deliveries.values.first?.channels.first?.next == world.now.later(by: waited))
        }
    }

    @Test("an attempt whose end nobody knows is made again after a crash, under the same identifier")
    mutating func crash() throws {
        world.happens()
        world.now = world.now.later(by: .seconds(10))
        world.dispatcher.advance(to: world.now)
        let first = world.dispatcher.take(at: world.now)
        #expect(first.count == 1)
        #expect(world.dispatcher.take(at: world.now) == [], "it is under way")
        try world.forget()
        let second = world.dispatcher.take(at: world.now)
        #expect(second.map(\.identifier) == first.map(\.identifier))
        #expect(second.map(\.attempt) == [2])
    }

    @Test("a channel that the strategy no longer has is forgotten; a new one gets what was not told")
    mutating func changedStrategy() throws {
        world.broken = ["email anna@example.org"]
        world.happens()
        try world.pass(100)
        let changed = [Contact(name: "anna", roles: ["backup-administrator"], channels: [.email(address: "a@b.org")])]
        world.dispatcher = Dispatcher(plan: NotifiedWorld.plan, contacts: changed, state: world.dispatcher.state)
        try world.pass(100)
        #expect(world.arrived.map(\.channel) == ["email a@b.org"])
        world.dispatcher = Dispatcher(plan: NotifiedWorld.plan, contacts: [], state: world.dispatcher.state)
        world.dispatcher.recovered("backup/docs", at: world.now)
        try world.pass(4000)
        #expect(world.dispatcher.takeToldRecords().contains { $0.error?.contains("names no way") == true })
        world.dispatcher.advance(to: world.now)
        #expect(world.dispatcher.state.mailboxes.isEmpty)
    }
}
