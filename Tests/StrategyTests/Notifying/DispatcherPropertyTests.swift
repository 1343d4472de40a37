import Primitives
import TestSupport
import Testing

@testable import Strategy

@Suite("Whatever happens, in whatever order")
struct DispatcherPropertyTests {
    /// Events, ends, broken channels and pauses by chance; in the end all channels work and time passes.
    static func life(_ seed: UInt64, forgets: Bool = false) throws -> (NotifiedWorld, Set<String>) {
        var random = SeededGenerator(seed: seed)
        var world = NotifiedWorld()
        world.forgetsBetweenSteps = forgets
        var happened: Set<String> = []
        for _ in 0..<Int(20 + random.next() % 60) {
            let name = "c\(random.next() % 8)"
            switch random.next() % 10 {
            case 0...3:
                world.happens(name, Severity.allCases[Int(random.next() % 4)])
                if world.dispatcher.state.incidents["backup/\(name)"]?.audience.contains("anna") == true {
                    happened.insert("backup/\(name)")
                }
            case 4: world.dispatcher.recovered("backup/\(name)", at: world.now)
            case 5: world.broken = random.next() % 2 == 0 ? [] : ["email anna@example.org"]
            case 6: world.broken.formUnion(random.next() % 2 == 0 ? ["command /bin/pager"] : ["email ben@example.org"])
            case 7:
                let open = world.dispatcher.openIncidents
                if let one = open.first { try world.dispatcher.acknowledge(one.number, by: "x", at: world.now) }
            default: try world.pass(Int64(random.next() % 20_000))
            }
        }
        world.broken = []
        try world.pass(3 * 86_400)
        return (world, happened)
    }

    @Test("everything that concerned somebody reached him, and what began without him does not end for him")
    func nothingIsLost() throws {
        for seed in 0..<UInt64(Soak.count(150, full: 3000)) {
            let (world, happened) = try Self.life(seed)
            for contact in ["anna", "ben", "carla"] {
                let items = world.arrived.filter { $0.contact == contact }.flatMap(\.items)
                if contact == "anna" {
                    #expect(Set(items.map(\.event.key)).isSuperset(of: happened), "seed \(seed)")
                }
                let begun = Set(items.filter { $0.reason != .over }.compactMap(\.incident))
                let over = Set(items.filter { $0.ended != nil }.compactMap(\.incident))
                #expect(over.isSubset(of: begun), "seed \(seed), \(contact)")
                let open = Set(world.dispatcher.openIncidents.map(\.number))
                #expect(begun.subtracting(over).isSubset(of: open), "seed \(seed), \(contact) never hears the end")
            }
            #expect(world.dispatcher.pending.all == 0, "seed \(seed)")
        }
    }

    @Test("nobody gets more messages than he can read")
    func notTooMany() throws {
        for seed in 0..<UInt64(Soak.count(150, full: 3000)) {
            let (world, _) = try Self.life(seed)
            for (contact, channel) in [("anna", "email"), ("ben", "email"), ("carla", "command")] {
                let times = world.arrived.filter { $0.contact == contact && $0.channel.hasPrefix(channel) }.map(\.time)
                for (index, time) in times.enumerated() {
                    let together = times[index...].prefix { $0 < time.later(by: .seconds(600)) }
                    // What waited while a channel was broken comes on top.
                    #expect(together.count <= 12, "seed \(seed): \(contact) at \(time)")
                }
            }
        }
    }

    @Test("a daemon that is killed after every step tells the same")
    func restarts() throws {
        for seed in 0..<UInt64(Soak.count(60, full: 1000)) {
            let (whole, _) = try Self.life(seed)
            let (killed, _) = try Self.life(seed, forgets: true)
            #expect(whole.arrived == killed.arrived, "seed \(seed)")
            #expect(whole.dispatcher.state.incidents == killed.dispatcher.state.incidents, "seed \(seed)")
        }
    }

    @Test("records that were damaged are refused, and crash nothing")
    func damage() throws {
        let (world, _) = try Self.life(3)
        var mutator = Mutator(seed: 9)
        let records = world.dispatcher.state.records
        var refused = 0
        for round in 0..<2000 {
            var record = records[round % records.count]
            record.bytes = mutator.mutate(record.bytes, donors: records.map(\.bytes))
            do { _ = try DispatcherState(records: [record], origin: "o") } catch { refused += 1 }
        }
        #expect(refused > 1000)
    }

    @Test("a clock that is set back by a year delays nothing")
    func clock() throws {
        var world = NotifiedWorld()
        world.happens()
        world.now = Timestamp(nanoseconds: world.now.nanoseconds - 365 * 86_400 * 1_000_000_000)
        try world.pass(60)
        #expect(world.reasons("anna") == [[.opened]])
        try world.pass(3600)
        #expect(world.reasons("ben").first == [.unacknowledged])
    }
}
