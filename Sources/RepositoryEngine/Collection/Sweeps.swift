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
        /// Index runs that others took the place of.
        package var replaced: Set<Digest32> = []
        package var isDone = false

        /// What is, or is about to be, removed.
        package var dead: Set<Digest32> { condemned.map { $0.subtracting(pardoned ?? []) } ?? [] }
        package var condemnsAnything: Bool { condemned?.isEmpty == false }
    }

    /// In order of their numbers.
    package private(set) var generations: [Generation] = []

    package static let none = Sweeps()
    private init() {}

    /// Reads what there is; generations that `known` has whole are not read again. Throws `collection-unknown` for steps of a version
    /// to come, and for anything that cannot be understood: a writer that knows less than all must not commit.
    package init(store: any ObjectStore, knowing known: Sweeps = .none) throws {
        var steps: [UInt64: Set<SweepStep>] = [:]
        for name in try store.names(below: Names.sweeps) {
            let parts = name.path.split(separator: "/")
            guard parts.count == 3, let number = UInt64(parts[1]), let step = SweepStep(rawValue: String(parts[2])),
                Names.sweep(number, step) == name
            else { throw Self.unknown(name) }
            steps[number, default: []].insert(step)
        }
        let settled = Dictionary(
            known.generations.filter(\.isDone).map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        for (number, found) in steps.sorted(by: { $0.key < $1.key }) {
            generations.append(try settled[number] ?? Self.generation(number, found, store))
        }
    }

    /// A listing need not be of one moment: what a later step presupposes is asked for by name.
    private static func generation(_ number: UInt64, _ found: Set<SweepStep>, _ store: any ObjectStore) throws
        -> Generation
    {
        var generation = Generation(number: number)
        generation.isDone = found.contains(.done)
        generation.isFlagged = generation.isDone || !found.isDisjoint(with: [.sweep, .pardoned, .replaced])
        func digests(_ step: SweepStep) throws -> Set<Digest32>? {
            try SweepRecord.read(number, step, in: store).map { Set($0.objects.map(\.digest)) }
        }
        if generation.isFlagged || found.contains(.condemned) {
            guard let condemned = try digests(.condemned) else {
                throw Failure.objectMissing(Names.sweep(number, .condemned), in: store.location)
            }
            generation.condemned = condemned
        }
        if generation.isFlagged {
            generation.pardoned = try digests(.pardoned)
            generation.replaced = try digests(.replaced) ?? []
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
    package var condemned: Set<Digest32> { generations.reduce(into: []) { $0.formUnion($1.dead) } }

    /// Packs that are removed, or may be at any moment.
    package var dead: Set<Digest32> {
        generations.reduce(into: []) { dead, generation in
            if generation.isFlagged { dead.formUnion(generation.dead) }
        }
    }

    /// Packs that generations before `number` removed, or may remove at any moment.
    func swept(before number: UInt64) -> Set<Digest32> {
        generations.reduce(into: []) { if $1.number < number { $0.formUnion($1.dead) } }
    }

    /// Index runs that are removed, or may be at any moment.
    package var replacedRuns: Set<Digest32> { generations.reduce(into: []) { $0.formUnion($1.replaced) } }

    package func condemnsAnything(after number: UInt64) -> Bool {
        generations.contains { $0.number > number && $0.condemnsAnything }
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

    package init(sweeps: Sweeps, packs: Set<Digest32>, isComplete: Bool) {
        (self.sweeps, self.packs, self.isComplete) = (sweeps, packs, isComplete)
    }

    /// Whether a collection that `now` shows may have removed something that the snapshot needs.
    package func isOvertaken(by now: Sweeps) -> Bool {
        if !packs.isDisjoint(with: now.dead) { return true }
        guard !isComplete else { return false }
        let seen = Set(sweeps.generations.filter { $0.condemned != nil }.map(\.number))
        return now.generations.contains { $0.isFlagged && $0.condemnsAnything && !seen.contains($0.number) }
    }
}
