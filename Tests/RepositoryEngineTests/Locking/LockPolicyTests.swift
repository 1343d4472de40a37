import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite("How long backups are locked") struct LockPolicyTests {
    private static let day: Int64 = 86_400_000_000_000
    private let policy = Result {
        try LockPolicy(mode: .compliance, classes: [.init(name: "daily", days: 14), .init(name: "yearly", days: 2600)])
    }

    @Test("A lock lasts at least as long as was asked for, and at most one cohort longer")
    func cohorts() throws {
        let policy = try policy.get()
        var random = SeededGenerator(seed: 5)
        for _ in 0..<2000 {
            let now = Timestamp(nanoseconds: Int64.random(in: 0..<(80 * 365 * Self.day), using: &random))
            let required = try policy.required("daily", from: now)
            #expect(required.nanoseconds == now.nanoseconds + 14 * Self.day)
            let until = policy.lock(until: required).until
            #expect(until > required)
            #expect(until.nanoseconds - required.nanoseconds <= 30 * Self.day)
            #expect(until.nanoseconds % (30 * Self.day) == 0)
        }
    }

    @Test("Within a cohort all locks end together, so that an object is locked anew once in its days")
    func oneExtensionACohort() throws {
        let policy = try policy.get()
        var ends: Set<Timestamp> = []
        for day in 0..<300 {
            let now = Timestamp(nanoseconds: Int64(20_000 + day) * Self.day)
            ends.insert(policy.lock(until: try policy.required(nil, from: now)).until)
        }
        #expect(ends.count <= 11)
    }

    @Test("The first class is the usual one, and an unknown one is refused by name")
    func classes() throws {
        let policy = try policy.get()
        let now = Timestamp(nanoseconds: 0)
        #expect(try policy.required(nil, from: now) == policy.required("daily", from: now))
        #expect(try policy.required("yearly", from: now).nanoseconds == 2600 * Self.day)
        #expect {
            try policy.required("hourly", from: now)
        } throws: {
            ($0 as? Failure)?.advice.contains("daily, yearly") == true
        }
    }

    @Test(
        "What cannot be meant is refused",
        arguments: [
            [], [("a", 0)], [("a", 5), ("a", 6)], [("A b", 5)], [("", 5)], [("a", 36_501)], [("a", UInt32.max)],
        ] as [[(String, UInt32)]])
    func refused(_ classes: [(String, UInt32)]) {
        #expect(throws: Failure.self) {
            try LockPolicy(mode: .governance, classes: classes.map { .init(name: $0.0, days: $0.1) })
        }
    }

    @Test("Bounds hold for every class, its cohort included")
    func bounds() {
        let classes = [LockPolicy.RetentionClass(name: "daily", days: 14)]
        #expect(throws: Failure.self) { try LockPolicy(mode: .compliance, classes: classes, minimumDays: 15) }
        #expect(throws: Failure.self) { try LockPolicy(mode: .compliance, classes: classes, maximumDays: 43) }
        #expect(throws: Never.self) {
            try LockPolicy(mode: .compliance, classes: classes, minimumDays: 14, maximumDays: 44)
        }
    }

    @Test("What is locked for less long than before is told")
    func shorter() throws {
        let before = try LockPolicy(
            mode: .compliance, classes: [.init(name: "daily", days: 14), .init(name: "yearly", days: 2600)])
        func told(_ classes: [LockPolicy.RetentionClass], minimum: UInt32? = nil, maximum: UInt32? = nil) throws
            -> String?
        {
            try LockPolicy(mode: .compliance, classes: classes, minimumDays: minimum, maximumDays: maximum)
                .shorter(than: before)
        }
        #expect(try told(before.classes) == nil)
        #expect(
            try told([.init(name: "daily", days: 15), .init(name: "yearly", days: 2600), .init(name: "x", days: 14)])
                == nil)
        #expect(
            try told([.init(name: "daily", days: 13), .init(name: "yearly", days: 2600)])?.contains("'daily'") == true)
        #expect(try told([.init(name: "daily", days: 14)], maximum: 4000)?.contains("'yearly' is gone") == true)
        #expect(
            try told(
                [.init(name: "x", days: 5), .init(name: "daily", days: 14), .init(name: "yearly", days: 2600)],
                minimum: 5)?
                .contains("names no class") == true)
        #expect(try told(before.classes, minimum: 7)?.contains("shortest") == true)
        let wide = try LockPolicy(mode: .compliance, classes: before.classes, maximumDays: 3000)
        #expect(before.shorter(than: wide)?.contains("longest") == true)
    }

    @Test("A record says what the policy said")
    func record() throws {
        let record = LockPolicyRecord(number: 3, time: Timestamp(nanoseconds: 77), policy: try policy.get())
        #expect(try LockPolicyRecord(fields: record.fields(of: .random())) == record)
    }
}
