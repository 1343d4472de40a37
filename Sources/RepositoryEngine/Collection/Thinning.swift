import Primitives
import Storage

/// Keeps what is below `sweeps/` from growing for ever: a floor says what all generations up to it removed, and steps of those before it go.
/// That list grows by 57 bytes for each pack and index run that was ever removed, which is a millionth of a pack.
struct Thinning {
    let store: any ObjectStore
    let checkpoint: () throws -> Void

    /// Thins when there are `most` generations. `number` is done.
    func run(upTo number: UInt64, keeping most: Int, at time: Timestamp) throws {
        let sweeps = try Sweeps(store: store)
        guard sweeps.generations.count > most, sweeps.settled >= number, sweeps.floor < number else { return }
        let dead = sweeps.swept(before: number + 1)
        let runs = sweeps.generations.filter { $0.number <= number }.flatMap(\.replaced).map {
            SweepRecord.Object(kind: .indexRun, digest: $0.digest, size: 0, domain: $0.domain)
        }
        let objects = Set(dead.map { SweepRecord.Object(kind: .data, digest: $0, size: 0) } + runs)
        let record = SweepRecord(number, .floor, at: time, Array(objects))
        try checkpoint()
        if try store.put(record.encoded(), as: Names.sweep(number, .floor), .immediate) == .exists {
            let other = try SweepRecord.read(number, .floor, in: store)
            guard objects.isSubset(of: other?.objects ?? []) else { return }
        }
        try removeSteps(before: number)
    }

    private func removeSteps(before number: UInt64) throws {
        for name in try store.names(below: Names.sweeps) {
            guard let step = Sweeps.step(of: name), step.number < number else { continue }
            try checkpoint()
            do {
                try store.remove(name)
            } catch let failure as Failure where failure.code == .objectLocked {
                continue
            }
        }
    }
}
