import Primitives
import Storage
import TestSupport

/// Runs several parties as if on several machines: one request at a time reaches the store, and which one is next a seed decides. Each
/// party may die before or after any of its requests.
final class Schedule: Sendable {
    /// What a party that died throws at every request.
    struct Dead: Error {}

    private struct State {
        var random: SeededGenerator
        var waiting: Set<Int> = []
        var running: Int?
        var unfinished: Set<Int> = []
        /// Requests that a party has left to live.
        var lives: [Int: Int] = [:]
        var favourite = 0
        var requests = 0
        /// Requests up to which the store answers that it is too busy.
        var stormEnds = 0
        /// Requests that somebody repeated and that are still on their way.
        var late: [@Sendable () -> Void] = []
        var deeds: [Deed] = []
    }

    /// What somebody did to the store, in the order in which it was done.
    struct Deed: CustomStringConvertible {
        var party: Int
        var what: String
        var name: String
        var description: String { "\(party) \(what) \(name.prefix(32))" }
    }

    private let state: Monitor<State>

    init(seed: UInt64) { state = Monitor(State(random: SeededGenerator(seed: seed))) }

    func number(below limit: Int) -> Int { state.withLock { Int($0.random.next() % UInt64(limit)) } }
    var requests: Int { state.withLock { $0.requests } }
    var deeds: [Deed] { state.withLock { $0.deeds } }

    func note(_ party: Int, _ what: String, _ name: String) {
        state.withLock { $0.deeds.append(Deed(party: party, what: what, name: name)) }
    }

    /// Runs all of `parties` to their ends; a quarter of them dies on the way.
    func run(_ parties: [@Sendable (Int) -> Void]) {
        let threads = WorkerThreads()
        state.withLock { state in
            state.unfinished = Set(parties.indices)
            for party in parties.indices where state.random.next() % 4 == 0 {
                state.lives[party] = Int(state.random.next() % 120)
            }
        }
        for (party, body) in parties.enumerated() {
            threads.start {
                self.begin(party)
                body(party)
                self.end(party)
            }
        }
        conduct()
        threads.joinAll()
    }

    private func begin(_ party: Int) { waitForTurn(party) }

    private func end(_ party: Int) {
        state.update { state in
            state.unfinished.remove(party)
            state.running = nil
        }
    }

    private func waitForTurn(_ party: Int) {
        state.update { state in
            state.waiting.insert(party)
            if state.running == party { state.running = nil }
        }
        state.wait { $0.running == party ? () : nil }
    }

    /// Whoever is chosen runs on up to its next request. One party is chosen more often for a while, so that others stand still for long.
    private func conduct() {
        while true {
            let goesOn = state.waitAndUpdate { state -> Bool? in
                if state.unfinished.isEmpty { return false }
                guard state.running == nil, state.waiting == state.unfinished else { return nil }
                let able = state.waiting.sorted()
                if state.random.next() % 24 == 0 {
                    state.favourite = able[Int(state.random.next() % UInt64(able.count))]
                }
                let isFavoured = state.waiting.contains(state.favourite) && state.random.next() % 8 != 0
                let next = isFavoured ? state.favourite : able[Int(state.random.next() % UInt64(able.count))]
                state.waiting.remove(next)
                state.running = next
                return true
            }
            if !goesOn { return }
        }
    }

    /// Takes a request to the store, when it is its turn.
    func request<R>(_ party: Int, _ body: () throws -> R) throws -> R {
        waitForTurn(party)
        let arrivals = state.withLock { state -> [@Sendable () -> Void] in
            guard !state.late.isEmpty, state.random.next() % 8 == 0 else { return [] }
            return [state.late.remove(at: Int(state.random.next() % UInt64(state.late.count)))]
        }
        for arrival in arrivals { arrival() }
        let (isDead, diesAfter) = state.withLock { state -> (Bool, Bool) in
            state.requests += 1
            guard let left = state.lives[party] else { return (false, false) }
            state.lives[party] = left - 1
            return (left < 0, left == 0)
        }
        if isDead { throw Dead() }
        if diesAfter, number(below: 2) == 0 { throw Dead() }
        let result = try body()
        if diesAfter { throw Dead() }
        return result
    }
}

extension Schedule {
    /// Does `body` once more at some later moment, or never.
    func later(_ body: @escaping @Sendable () -> Void) { state.withLock { $0.late.append(body) } }

    /// Whether the store is too busy now. A storm lasts for some requests of everybody's.
    func isStormy() -> Bool {
        state.withLock { state in
            if state.requests >= state.stormEnds, state.random.next() % 256 == 0 {
                state.stormEnds = state.requests + Int(state.random.next() % 24)
            }
            return state.requests < state.stormEnds
        }
    }
}

/// The store as one party sees it: every request waits for its turn; an answer may get lost, and then the request is made again, at once or
/// much later; listings come in pages between which others go on; a store that is busy is asked again, and given up in the end.
final class PartyStore: ObjectStore {
    private let inner: MemoryStore
    private let schedule: Schedule
    private let party: Int

    init(_ inner: MemoryStore, _ schedule: Schedule, party: Int) {
        (self.inner, self.schedule, self.party) = (inner, schedule, party)
    }

    var location: String { inner.location }
    var locking: (any ObjectLocking)? { inner.locking }
    /// A party makes one request at a time, so that a schedule is one.
    var usefulThreads: Int { 1 }

    private func request<R>(_ body: () throws -> R) throws -> R {
        for _ in 0..<3 {
            if !schedule.isStormy() { return try schedule.request(party, body) }
            try schedule.request(party) {}
        }
        throw Failure(.storageFailed, "The store is too busy.", advice: "Try again later.")
    }

    func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        let first = try request {
            let outcome = try inner.put(bytes, as: name, durability)
            schedule.note(party, "puts \(outcome)", name.path)
            return outcome
        }
        guard first == .created else { return first }
        switch schedule.number(below: 24) {
        case 0: return try request { try inner.put(bytes, as: name, durability) }
        case 1:
            schedule.later { [inner, schedule, party] in
                schedule.note(party, "puts late", name.path)
                _ = try? inner.put(bytes, as: name, durability)
            }
        default: break
        }
        return first
    }

    func stage() throws -> any StagedObject { PartyStage(self) }
    func flush() throws { try request {} }

    func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        // Objects never change: when one is read matters only where it may be gone.
        guard schedule.number(below: 16) == 0 else { return try inner.read(name, at: offset, into: buffer) }
        return try request { try inner.read(name, at: offset, into: buffer) }
    }

    func size(of name: ObjectName) throws -> Int64? {
        guard schedule.number(below: 4) == 0 else { return try inner.size(of: name) }
        return try request { try inner.size(of: name) }
    }

    func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        var found: [(name: ObjectName, size: Int64)] = []
        func page(after last: ObjectName?, atMost count: Int) throws -> Bool {
            var all: [(name: ObjectName, size: Int64)] = []
            try request {
                schedule.note(party, "lists", prefix)
                try inner.list(below: prefix) { all.append(($0, $1)) }
            }
            all = all.filter { object in last.map { $0 < object.name } ?? true }.sorted { $0.name < $1.name }
            found += all.prefix(count)
            return all.count > count
        }
        let size = schedule.number(below: 4) == 0 ? 1 + schedule.number(below: 12) : .max
        while try page(after: found.last?.name, atMost: size) {}
        for (name, size) in found { try body(name, size) }
    }

    func remove(_ name: ObjectName) throws {
        try request {
            schedule.note(party, "removes", name.path)
            try inner.remove(name)
        }
        switch schedule.number(below: 24) {
        case 0: try request { try inner.remove(name) }
        case 1: schedule.later { [inner] in try? inner.remove(name) }
        default: break
        }
    }

    func removeAbandoned() throws -> Int { 0 }
}

private final class PartyStage: StagedObject {
    private let store: PartyStore
    private var bytes: [UInt8] = []

    init(_ store: PartyStore) { self.store = store }
    func append(_ piece: UnsafeRawBufferPointer) throws { bytes.append(contentsOf: piece) }
    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try store.put(bytes, as: name, durability)
    }
    func abandon() { bytes = [] }
}
