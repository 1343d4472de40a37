import Primitives
import Testing

@testable import Strategy

@Suite("Who is told of what, and when")
struct DispatcherTests {
    var world = NotifiedWorld()

    @Test("an error is told within seconds to whom it concerns, once however often it happens")
    mutating func once() throws {
        world.happens()
        try world.pass(60)
        for _ in 0..<20 {
            world.happens()
            try world.pass(100)
        }
        #expect(world.reasons("anna") == [[.opened]])
        #expect(world.reasons("carla") == [])
        #expect(world.arrived[0].time == NotifiedWorld.start.later(by: .seconds(10)))
        #expect(world.dispatcher.openIncidents.map(\.occurrences) == [21])
    }

    @Test("it is told anew when it gets worse, and after a day while it lasts")
    mutating func worse() throws {
        world.happens("docs", .warning)
        try world.pass(2 * 3600)
        #expect(world.reasons("anna") == [[.opened]])
        world.happens("docs", .error)
        try world.pass(60)
        #expect(world.reasons("anna") == [[.opened], [.worse]])
        world.happens("docs", .warning)
        world.happens("docs", .error)
        try world.pass(20 * 3600)
        #expect(world.reasons("anna").count == 2)
        try world.dispatcher.acknowledge(1, by: "anna", at: world.now)
        try world.pass(86_400)
        #expect(world.reasons("anna").count == 2, "acknowledged: told again after a week")
        try world.pass(7 * 86_400)
        #expect(world.reasons("anna").last == [.lasting])
    }

    @Test("nobody answers: one after the other is told, until somebody does")
    mutating func escalation() throws {
        world.happens()
        try world.pass(3500)
        #expect(world.reasons("ben") == [])
        try world.pass(200)
        #expect(world.reasons("ben") == [[.unacknowledged], [.unacknowledged]], "on both of his channels")
        try world.dispatcher.acknowledge(1, by: "ben", at: world.now)
        try world.pass(6 * 3600)
        #expect(world.reasons("carla") == [])
        #expect(world.dispatcher.openIncidents[0].acknowledged?.by == "ben")
    }

    @Test("an end stops the escalation, and everybody who was told hears of it")
    mutating func recovery() throws {
        world.happens()
        try world.pass(3700)
        let ended = world.dispatcher.recovered("backup/docs", at: world.now)
        #expect(ended)
        let again = world.dispatcher.recovered("backup/docs", at: world.now)
        #expect(!again, "nothing is wrong any more")
        try world.pass(10 * 3600)
        #expect(world.reasons("anna") == [[.opened], [.over]])
        #expect(world.reasons("ben").suffix(2) == [[.over], [.over]])
        #expect(world.reasons("carla") == [])
        #expect(world.dispatcher.nextDue == nil)
    }

    @Test("what is over before anybody was told is told once, with its end")
    mutating func short() throws {
        world.happens()
        world.now = world.now.later(by: .seconds(4))
        world.dispatcher.recovered("backup/docs", at: world.now)
        try world.pass(3600)
        #expect(world.arrived.count == 1)
        #expect(world.arrived[0].items[0].ended == world.now.later(by: .seconds(-3600)))
    }

    @Test("two hundred incidents in a minute are one message, and their ends are one")
    mutating func flood() throws {
        for number in 0..<200 {
            world.happens("component-\(number)")
            world.now = world.now.later(by: .milliseconds(300))
            try world.pass(0)
        }
        try world.pass(3000)
        #expect(world.arrived.map(\.items.count) == [200])
        for number in 0..<200 { world.dispatcher.recovered("backup/component-\(number)", at: world.now) }
        try world.pass(3000)
        #expect(world.arrived.map(\.items.count) == [200, 200])
    }

    @Test("a flood that goes on is a message every ten minutes, and all of it is told")
    mutating func longFlood() throws {
        for number in 0..<1200 {
            world.happens("component-\(number)", .error)
            try world.dispatcher.acknowledge(
                world.dispatcher.state.incidents["backup/component-\(number)"]!.number, by: "x", at: world.now)
            try world.pass(1)
        }
        try world.pass(3600)
        #expect(world.arrived.count <= 4)
        #expect(world.arrived.flatMap(\.items).count == 1200)
    }

    @Test("what is less than an error is gathered, and goes along with what is urgent in a flood")
    mutating func digest() throws {
        for number in 0..<5 { world.happens("c\(number)", .warning) }
        try world.pass(3590)
        #expect(world.arrived == [])
        try world.pass(20)
        #expect(world.arrived.map(\.items.count) == [5])
    }

    @Test("routes choose by severity and by the beginning of the event's name")
    mutating func routes() throws {
        world.dispatcher.notice(world.event("x", .info, .strategyChanged), at: world.now)
        world.dispatcher.notice(world.event("x", .info, .reviewDue), at: world.now)
        try world.pass(4000)
        #expect(world.reasons("carla") == [[.once]])
        #expect(world.reasons("anna") == [])
        #expect(EventKind("backup.failed").begins(with: "backup"))
        #expect(!EventKind("backups.failed").begins(with: "backup"))
    }

    @Test("without any route everybody is told of errors")
    mutating func noRoutes() throws {
        world = NotifiedWorld(plan: NotificationPlan())
        world.happens("a", .warning)
        world.happens("b", .error)
        try world.pass(4000)
        #expect(Set(world.arrived.map(\.contact)) == ["anna", "ben", "carla"])
        #expect(world.arrived.flatMap(\.items).map(\.event.key).allSatisfy { $0 == "backup/b" })
    }

    @Test("a report of success finds somebody, whatever the routes")
    mutating func report() throws {
        let report = Event(
            .successReport, "report", .info, at: world.now, "All went well.",
            document: Event.Document(text: "t", html: "<p>t</p>"))
        world.dispatcher.report(report, at: world.now)
        try world.pass(0)
        #expect(world.arrived.map(\.contact) == ["anna", "carla"])
        var plan = NotifiedWorld.plan
        plan.routes.append(.init(from: .critical, to: ["ben"], events: ["success"]))
        world = NotifiedWorld(plan: plan)
        world.dispatcher.report(report, at: world.now)
        try world.pass(0)
        #expect(Set(world.arrived.map(\.contact)) == ["ben"])
    }

    @Test("an acknowledgement of what is not open is refused by name")
    mutating func unknown() {
        #expect(throws: Failure.self) { try world.dispatcher.acknowledge(7, by: "x", at: world.now) }
    }
}
