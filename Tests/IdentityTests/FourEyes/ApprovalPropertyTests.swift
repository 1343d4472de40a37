import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// Whatever is asked, agreed, taken back, renamed, deleted and executed, in whatever order and by whatever clock (SEC-4).
@Suite("Four eyes, whatever happens") struct ApprovalPropertyTests {
    /// Six people who all may ask, agree and execute, as long as they have the role; the last one keeps it and gives it out.
    private struct World {
        static let people = 0..<6
        static let role = RoleName.backupAdministrator

        let seed: UInt64
        var random: SeededGenerator
        var clock = TestClock()
        var directory: Directory
        var book: ApprovalBook
        var model: ApprovalModel
        var requests = 0
        var names = 0
        var executed: [Int] = []
        private let root = PersonID(Prefix16(high: 7, low: 7))

        init(seed: UInt64) throws {
            self.seed = seed
            random = SeededGenerator(seed: seed)
            let rule = try #require(
                FourEyesRule(
                    approvers: 1 + Int(random.next() % 3), roles: [Self.role], lifetime: .hours(40),
                    coolingOff: .hours(4), waiting: random.next() % 3 == 0 ? .zero : .hours(8)))
            book = ApprovalBook(rules: FourEyesRules([.dropSnapshots: rule]))
            model = ApprovalModel(
                approvers: rule.approvers, lifetime: rule.lifetime, coolingOff: rule.coolingOff, waiting: rule.waiting)
            let founders = try Self.people.map { person in
                Directory.Founder(
                    id: Self.id(person), name: try #require(LoginName("p\(person)")), printedName: "P",
                    reference: Self.reference(person), roles: [Self.role])
            }
            let first = Directory.Founder(
                id: root, name: try #require(LoginName("root")), printedName: "Root",
                reference: Self.reference(-1), roles: [.securityLead])
            directory = try Directory(foundedBy: founders + [first], at: clock.now)
            for person in Self.people { model.note(.gotRole(person: person, from: nil)) }
        }

        static func id(_ person: Int) -> PersonID { PersonID(Prefix16(high: 1, low: UInt64(person))) }
        static func reference(_ person: Int) -> Digest32 { SHA256Digest.of(Array("\(person)".utf8)) }
        static func request(_ number: Int) -> ApprovalID { ApprovalID(Prefix16(high: 2, low: UInt64(number))) }
        static func plan(_ number: Int) -> Digest32 { Digest32(a: UInt64(number), b: 0, c: 0, d: 0) }

        mutating func chosen(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }

        func presence(_ person: Int) -> Presence {
            Presence(person: Self.id(person), session: .zero, proven: clock.now, lifetime: .seconds(300))
        }

        /// Whether it was let through.
        mutating func tries(_ act: (inout World) throws -> Void) -> Bool {
            do { try act(&self) } catch { return false }
            return true
        }

        mutating func step() throws {
            // Mostly one of the latest requests, and mostly its plan.
            let request = chosen(4) == 0 ? chosen(requests) : max(0, requests - 1 - chosen(3))
            let (person, plan) = (chosen(6), chosen(6) == 0 ? 1 : 0)
            switch chosen(24) {
            case 0, 1: ask(person, plan)
            case 2...9: agree(request, person, plan)
            case 10: if chosen(2) == 0 { takeBack(request, person) }
            case 11: if chosen(6) == 0 { withdraw(request, person) }
            case 12...16: execute(request, person, plan)
            case 17: try changeRole(person)
            case 18: try deleteOrEnrol(person)
            case 19: rename(person)
            default: tick()
            }
        }

        private mutating func ask(_ person: Int, _ plan: Int) {
            let number = requests
            let expected = model.mayAsk(person)
            let isDone = tries { world in
                try world.book.request(
                    Self.request(number), .dropSnapshots, on: .everything, plan: Self.plan(plan), by: Self.id(person),
                    in: world.directory, at: world.clock.now)
            }
            #expect(isDone == expected, "seed \(seed)")
            guard isDone else { return }
            requests += 1
            model.note(.asked(request: number, by: person, plan: plan))
        }

        private mutating func agree(_ request: Int, _ person: Int, _ plan: Int) {
            let expected = model.mayAgree(request, person, plan: plan)
            let isDone = tries { world in
                try world.book.approve(
                    Self.request(request), plan: Self.plan(plan), by: world.presence(person), in: world.directory,
                    at: world.clock.now)
            }
            #expect(isDone == expected, "seed \(seed)")
            if isDone { model.note(.agreed(request: request, by: person)) }
        }

        private mutating func takeBack(_ request: Int, _ person: Int) {
            let expected = model.mayTakeBack(request, person)
            let isDone = tries { world in
                try world.book.takeBack(Self.request(request), by: Self.id(person), at: world.clock.now)
            }
            #expect(isDone == expected, "seed \(seed)")
            if isDone { model.note(.tookBack(request: request, by: person)) }
        }

        private mutating func withdraw(_ request: Int, _ person: Int) {
            let expected = model.mayWithdraw(request, person)
            let isDone = tries { world in
                try world.book.withdraw(
                    Self.request(request), by: Self.id(person), in: world.directory, at: world.clock.now)
            }
            #expect(isDone == expected, "seed \(seed)")
            if isDone { model.note(.withdrew(request: request)) }
        }

        private mutating func execute(_ request: Int, _ person: Int, _ plan: Int) {
            let expected = model.mayExecute(request, person, plan: plan, among: Self.people)
            let isDone = tries { world in
                let warrant = try world.book.execute(
                    Self.request(request), .dropSnapshots, plan: Self.plan(plan), by: world.presence(person),
                    in: world.directory, at: world.clock.now)
                let (act, approved, approvers) = (warrant.act, warrant.plan, warrant.approvers)
                let (requester, executor, needed) = (warrant.requester, warrant.executor, world.model.approvers)
                #expect(approved == Self.plan(plan) && act == .dropSnapshots)
                #expect(approvers.count >= needed && Set(approvers).count == approvers.count)
                #expect(!approvers.contains(requester) && !approvers.contains(executor))
            }
            #expect(isDone == expected, "seed \(seed)")
            guard isDone else { return }
            #expect(!executed.contains(request))
            executed.append(request)
            model.note(.executed(request: request))
        }

        private mutating func changeRole(_ person: Int) throws {
            guard model.isThere(person, at: model.history.count) else { return }
            if model.role(of: person, at: model.history.count) != nil {
                // Fewer lose one than are given one, or there would soon be nobody left to agree.
                guard chosen(3) == 0 else { return }
                try directory.take(Self.role, from: Self.id(person), by: root)
                model.note(.lostRole(person: person))
            } else {
                let giver = chosen(6)
                try directory.place(Self.role, on: Self.id(person), by: [Self.id(giver)], at: clock.now)
                model.note(.gotRole(person: person, from: giver))
            }
        }

        private mutating func deleteOrEnrol(_ person: Int) throws {
            if model.isThere(person, at: model.history.count) {
                guard chosen(3) == 0 else { return }
                try directory.delete(Self.id(person), by: root)
                model.note(.deleted(person: person))
            } else {
                names += 1
                let name = try #require(LoginName("again-\(names)"))
                let id = try directory.enrol(
                    PersonID.random(using: &random), name: name, printedName: "P", reference: Self.reference(person),
                    by: root)
                #expect(id == Self.id(person))
                model.note(.enrolled(person: person))
            }
        }

        private mutating func rename(_ person: Int) {
            names += 1
            guard let name = LoginName("renamed-\(names)") else { return }
            try? directory.rename(Self.id(person), name: name, printedName: "Q", by: root)
        }

        private mutating func tick() {
            let step = Duration.seconds(1 + chosen(6 * 3600))
            switch chosen(6) {
            case 0:
                let jump = Duration.seconds(chosen(200_000) - 100_000)
                clock.setWall(by: jump)
                model.note(.passed(certain: .zero, wall: jump))
            case 1:
                clock.restart(after: step)
                model.note(.passed(certain: .seconds(10), wall: step + .seconds(10)))
            default:
                clock.pass(step)
                model.note(.passed(certain: step, wall: step))
            }
        }
    }

    @Test("the book and a naive reader of the whole history agree at every step, and nothing is executed twice")
    func model() throws {
        var executions = 0
        for seed in 0..<UInt64(Soak.count(300, full: 20_000)) {
            var world = try World(seed: seed)
            for _ in 0..<200 { try world.step() }
            executions += world.executed.count
        }
        // Otherwise it would show nothing.
        #expect(executions > 100)
    }
}
