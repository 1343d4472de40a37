import Primitives
import Storage

/// What a copy noted of collections that it did not follow, because it keeps some of what they took (docs/format.md, section 9).
package enum UnfollowedSweeps {
    /// Packs and index runs that they took: who lacks them has not lost them. Throws `object-damaged` for a step that cannot be read.
    package static func taken(in store: any ObjectStore) throws -> Set<Digest32> {
        var steps: [UInt64: [SweepStep: Set<Digest32>]] = [:]
        for name in try store.names(below: Names.unfollowed) {
            let parts = name.path.split(separator: "/")
            guard parts.count == 3, let number = UInt64(parts[1]), let step = SweepStep(rawValue: String(parts[2]))
            else {
                continue
            }
            do {
                let record = try SweepRecord(decoding: try store.readAll(name, limit: SweepRecord.limit))
                guard record.generation == number, record.step == step else {
                    throw EncodingError("stands under a name that is not its own")
                }
                steps[number, default: [:]][step] = Set(record.objects.map(\.digest))
            } catch let error as EncodingError {
                throw Failure.damaged(name, error.problem)
            }
        }
        return steps.values.reduce(into: []) { taken, steps in
            guard steps[.done] != nil, let condemned = steps[.condemned], let pardoned = steps[.pardoned] else {
                return
            }
            taken.formUnion(condemned.subtracting(pardoned))
            taken.formUnion(steps[.replaced] ?? [])
            taken.formUnion(steps[.floor] ?? [])
        }
    }
}
