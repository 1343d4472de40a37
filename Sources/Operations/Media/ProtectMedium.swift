import Parity
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Makes parity for what has none yet. It reads back from the medium what was written there, and protects nothing that is not what it
/// should be.
struct ProtectMedium {
    let medium: Medium
    let now: Timestamp
    /// Digests of objects whose names are none, as the repository has them.
    let digest: (ObjectName) throws -> Digest32?
    let progress: (Int) throws -> Void

    struct Outcome {
        var segments: UInt64 = 0
        var parityBytes: UInt64 = 0
        var protectedBytes: UInt64 = 0
        /// What the medium gave back wrong.
        var damaged: [(ObjectName, MediumProblem)] = []
    }

    func run() throws -> Outcome {
        let (segments, _, next) = try SegmentSidecar.all(in: medium.sidecars)
        for segment in segments { try segment.complete(in: medium.sidecars) }
        let known = Set(segments.flatMap { $0.table.objects.map(\.name) })
        var open: [ObjectToCopy] = []
        try medium.store.list(below: "") { name, size in
            if !known.contains(name) { open.append(ObjectToCopy(name: name, size: UInt64(clamping: size))) }
        }
        open.sort { MediumPlan.precedes($0.name, $1.name) }
        var (outcome, number) = (Outcome(), next)
        for segment in Self.segments(open) { try protect(segment, &number, &outcome) }
        return outcome
    }

    /// Never more than a segment may hold; an object is not divided.
    private static func segments(_ objects: [ObjectToCopy]) -> [[ObjectToCopy]] {
        var (segments, size): ([[ObjectToCopy]], UInt64) = ([], 0)
        for object in objects {
            if segments.isEmpty || size + object.size > ParityShape.segmentLimit {
                segments.append([])
                size = 0
            }
            segments[segments.count - 1].append(object)
            size += object.size
        }
        return segments
    }

    /// Where something turns out to be damaged, the rest is protected without it.
    private func protect(_ segment: [ObjectToCopy], _ number: inout UInt64, _ outcome: inout Outcome) throws {
        var objects = segment
        while !objects.isEmpty {
            let shape = ParityShape(byteCount: objects.reduce(0) { $0 + $1.size })
            guard let parity = ParityAccumulator(shape) else { return }
            let (table, damaged) = try table(objects, parity)
            if damaged.isEmpty {
                while try !SegmentSidecar.create(number, table, parity, in: medium.sidecars) { number += 1 }
                number += 1
                outcome.segments += 1
                outcome.parityBytes += UInt64(shape.parityBytes)
                outcome.protectedBytes += shape.byteCount
                return
            }
            outcome.damaged += damaged.map { (objects[$0.key].name, $0.value) }
            objects = objects.enumerated().filter { damaged[$0.offset] == nil }.map(\.element)
        }
    }

    private func table(_ objects: [ObjectToCopy], _ parity: ParityAccumulator) throws -> (
        ParityTable, [Int: MediumProblem]
    ) {
        var (digests, blocks): ([Digest32], [Prefix16]) = ([], [])
        var damaged: [Int: MediumProblem] = [:]
        let reader = SegmentReader(store: medium.store, blockSize: parity.shape.blockSize)
        try reader.read(objects.map { ($0.name, $0.size) }) { number, result in
            let name = objects[number].name
            switch result {
            case .failure(let problem): damaged[number] = problem
            case .success(let found):
                let wanted = try Digest32(hex: name.lastComponent) ?? digest(name)
                if let wanted, wanted != found { damaged[number] = .otherBytes }
            }
            digests.append((try? result.get()) ?? .zero)
        } block: { index, bytes, digest in
            parity.add(bytes, at: index)
            blocks.append(digest)
            try progress(bytes.count)
        }
        let all = objects.indices.map {
            ParityTable.Object(name: objects[$0].name, size: objects[$0].size, digest: digests[$0])
        }
        let parityDigests = (0..<parity.shape.parityBlockCount).map { ParityTable.digest(parity.parity($0)) }
        return (
            ParityTable(
                medium: medium.facts.id, repository: medium.facts.repository, time: now, shape: parity.shape,
                objects: all, dataDigests: blocks, parityDigests: parityDigests), damaged
        )
    }
}
