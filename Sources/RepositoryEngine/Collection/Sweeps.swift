import Primitives
import Storage

/// All collections of a repository as they stood at one moment: what writers, readers and collectors must know of each other.
package struct Sweeps: Sendable {
    package struct Generation: Sendable {
        package var number: UInt64
        /// Nil before anything was condemned.
        package var condemned: Set<Digest32>?
        package var isFlagged = false
        package var pardoned: Set<Digest32>?
        /// Index runs that others took the place of; of a floor, those of all earlier generations too, their sizes left out.
        package var replaced: Set<SweepRecord.Object> = []
        package var isDone = false
        /// False for what is left of one below a floor without its end: a collector that slept wrote it, and gave up, or a floor was
        /// forged above one that is at work.
        package var isWhole = true
        /// What this and all earlier generations removed, whose own steps may be gone.
        package var floor: Set<Digest32> = []

        /// What is, or is about to be, removed.
        package var dead: Set<Digest32> { condemned.map { $0.subtracting(pardoned ?? []) } ?? [] }
        package var condemnsAnything: Bool { condemned?.isEmpty == false }
    }

    /// In order of their numbers.
    package private(set) var generations: [Generation] = []

    /// The newest generation that lists what all before it removed; zero where none does. Of earlier ones some steps may be gone.
    package private(set) var floor: UInt64 = 0

    package static let none = Sweeps()
    private init() {}

    /// Reads what there is; generations that `known` has whole are not read again. Throws `collection-unknown` for steps of a version
    /// to come, and for anything that cannot be understood: a writer that knows less than all must not commit.
    package init(store: any ObjectStore, knowing known: Sweeps = .none) throws {
        self = try Self.reading(store, known, tries: 4)
    }

    /// Steps go when a floor stands above them, which the next listing shows.
    private static func reading(_ store: any ObjectStore, _ known: Sweeps, tries: Int) throws -> Sweeps {
        do {
            return try Sweeps(reading: store, known)
        } catch let failure as Failure where failure.code == .objectMissing && tries > 1 {
            return try reading(store, known, tries: tries - 1)
        }
    }

    private init(reading store: any ObjectStore, _ known: Sweeps) throws {
        var steps: [UInt64: Set<SweepStep>] = [:]
        for name in try store.names(below: Names.sweeps) {
            guard let (number, step) = Self.step(of: name) else { throw Self.unknown(name) }
            steps[number, default: []].insert(step)
        }
        floor = steps.filter { $0.value.contains(.floor) }.keys.max() ?? 0
        let settled = Dictionary(
            known.generations.filter(\.isDone).map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, found) in steps.sorted(by: { $0.key < $1.key }) {
            // Below a floor a collector that slept may have written steps anew, and others.
            if let old = settled[number], number >= floor, old.floor.isEmpty != found.contains(.floor) {
                generations.append(old)
            } else if let new = try Self.generation(number, found, isBelowFloor: number < floor, store) {
                generations.append(new)
            }
        }
    }

    static func step(of name: ObjectName) -> (number: UInt64, step: SweepStep)? {
        let parts = name.path.split(separator: "/")
        guard parts.count == 3, let number = UInt64(parts[1]), let step = SweepStep(rawValue: String(parts[2])),
            Names.sweep(number, step) == name
        else { return nil }
        return (number, step)
    }

    /// A listing need not be of one moment: what a later step presupposes is asked for by name. Nil for one below the floor that is
    /// being taken away: the floor has what it removed.
    private static func generation(
        _ number: UInt64, _ found: Set<SweepStep>, isBelowFloor: Bool, _ store: any ObjectStore
    ) throws -> Generation? {
        var generation = Generation(number: number)
        generation.isDone = isBelowFloor || !found.isDisjoint(with: [.done, .floor])
        generation.isFlagged = generation.isDone || !found.isDisjoint(with: [.sweep, .pardoned, .replaced])
        func digests(_ step: SweepStep) throws -> Set<Digest32>? {
            try SweepRecord.read(number, step, in: store).map { Set($0.objects.map(\.digest)) }
        }
        if generation.isFlagged || found.contains(.condemned) {
            generation.condemned = try digests(.condemned)
            if generation.condemned == nil, isBelowFloor { return nil }
            guard generation.condemned != nil else {
                throw Failure.objectMissing(Names.sweep(number, .condemned), in: store.location)
            }
        }
        if generation.isFlagged {
            generation.pardoned = try digests(.pardoned)
            let hasEnded = !found.isDisjoint(with: [.done, .floor])
            // It may be taken away after what it condemned had been read.
            if generation.pardoned == nil, hasEnded || !found.isDisjoint(with: [.pardoned, .replaced]) {
                if isBelowFloor { return nil }
                throw Failure.objectMissing(Names.sweep(number, .pardoned), in: store.location)
            }
            generation.isWhole = hasEnded || !isBelowFloor
            generation.replaced = Set(try SweepRecord.read(number, .replaced, in: store)?.objects ?? [])
        }
        if found.contains(.floor) {
            guard let floor = try SweepRecord.read(number, .floor, in: store) else {
                throw Failure.objectMissing(Names.sweep(number, .floor), in: store.location)
            }
            generation.floor = Set(floor.objects.lazy.filter { $0.kind != .indexRun }.map(\.digest))
            generation.replaced.formUnion(floor.objects.filter { $0.kind == .indexRun })
        }
        return generation
    }

    private static func unknown(_ name: ObjectName) -> Failure {
        Failure(
            .collectionUnknown, "A newer version of Safehold collects in this repository: it wrote \(name).",
            advice: "Install that version on this host. What was stored so far is kept and used by the next run.")
    }

    package var newest: UInt64 { generations.last?.number ?? 0 }

    /// Up to and with this one, all generations are over: nothing of them can change any more.
    package var settled: UInt64 {
        guard let open = generations.first(where: { !$0.isDone }) else { return newest }
        return open.number - 1
    }

    /// Packs that are condemned and not pardoned, whether they may be removed already or not.
    package var condemned: Set<Digest32> {
        generations.reduce(into: []) { $0.formUnion($1.dead.union($1.floor)) }
    }

    /// Packs that are removed, or may be at any moment.
    package var dead: Set<Digest32> { removed { $0.isFlagged && $0.isWhole } }

    /// Packs of which nobody can say whether somebody removes them: no collection counts on them, and none takes them for removed.
    var doubtful: Set<Digest32> { removed { !$0.isWhole }.subtracting(removed(where: \.isWhole)) }

    /// What nobody relies on who commits.
    fileprivate var endangered: Set<Digest32> { removed(where: \.isFlagged) }

    /// Packs that generations before `number` removed, or may remove at any moment.
    func swept(before number: UInt64) -> Set<Digest32> { removed { $0.number < number && $0.isWhole } }

    private func removed(where counts: (Generation) -> Bool) -> Set<Digest32> {
        generations.reduce(into: []) { if counts($1) { $0.formUnion($1.dead.union($1.floor)) } }
    }

    /// Index runs that are removed, or may be at any moment.
    package var replacedRuns: Set<Digest32> { Set(generations.flatMap(\.replaced).map(\.digest)) }

    package func condemnsAnything(after number: UInt64) -> Bool {
        generations.contains { $0.number > number && $0.condemnsAnything } || isThinned(after: number)
    }

    /// Whether steps of a generation after `number`, other than those that were `seen`, are gone.
    fileprivate func isThinned(after number: UInt64, seen: Set<UInt64> = []) -> Bool {
        guard number + 1 < floor else { return false }
        let known = seen.union(generations.map(\.number))
        return floor - number - 1 > UInt64(known.count) || (number + 1..<floor).contains { !known.contains($0) }
    }
}

/// What a writer goes by when it commits.
package struct Reliance: Sendable {
    /// The collections that it knew of when it chose what not to store again.
    package var sweeps: Sweeps
    /// Every pack that holds something its snapshot needs, as far as it knows.
    package var packs: Set<Digest32>
    /// Whether it looked up the pack of everything that the snapshot needs, and so knows all of them.
    package var isComplete: Bool
    /// Never false but in a test that must see the loss.
    var heedsFloors = true

    package init(sweeps: Sweeps, packs: Set<Digest32>, isComplete: Bool) {
        (self.sweeps, self.packs, self.isComplete) = (sweeps, packs, isComplete)
    }

    /// Whether a collection that `now` shows may have removed something that the snapshot needs.
    package func isOvertaken(by now: Sweeps) -> Bool {
        if !packs.isDisjoint(with: now.endangered) { return true }
        guard !isComplete else { return false }
        let known = sweeps.generations.filter { $0.condemned != nil }
        let dead = Dictionary(known.map { ($0.number, $0.dead) }, uniquingKeysWith: { first, _ in first })
        return now.generations.contains { generation in
            guard generation.isFlagged && generation.condemnsAnything else { return false }
            return dead[generation.number].map { !generation.dead.isSubset(of: $0) } ?? true
        } || heedsFloors && now.isThinned(after: max(sweeps.settled, sweeps.floor), seen: Set(dead.keys))
    }
}
