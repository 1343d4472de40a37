import Parity
import Primitives
import Storage

/// A segment read from its first byte to its last: what is damaged, and whether its parity can mend that.
struct SegmentExamination {
    let sidecar: SegmentSidecar
    /// Objects that are not whole, by their place in the table.
    private(set) var damaged: [Int: MediumProblem] = [:]
    /// Blocks that are not what the table says.
    private(set) var lost: [Int] = []
    private(set) var badParity: Set<Int> = []

    private var table: ParityTable { sidecar.table }
    private var start: Int { SegmentSidecar.start(table.encoded().count) }

    /// Adds every block that is whole to `parity`, if there is one.
    init(
        _ sidecar: SegmentSidecar, store: DirectoryStore, sidecars: DirectoryStore, adding parity: ParityAccumulator?,
        progress: (Int) throws -> Void
    ) throws {
        self.sidecar = sidecar
        let (table, blockSize) = (sidecar.table, sidecar.table.shape.blockSize)
        var (damaged, lost): ([Int: MediumProblem], [Int]) = ([:], [])
        try SegmentReader(store: store, blockSize: blockSize).read(table.objects.map { ($0.name, $0.size) }) {
            number, result in
            switch result {
            case .failure(let problem): damaged[number] = problem
            case .success(let digest):
                if digest != table.objects[number].digest { damaged[number] = .otherBytes }
            }
        } block: { index, bytes, digest in
            if digest == table.dataDigests[index] { parity?.add(bytes, at: index) } else { lost.append(index) }
            try progress(bytes.count)
        }
        (self.damaged, self.lost) = (damaged, lost)
        sidecar.forget(in: sidecars)
        for index in 0..<table.shape.parityBlockCount {
            if sidecar.parity(index, start: start, in: sidecars) == nil { badParity.insert(index) }
            try progress(blockSize)
        }
    }

    var isWhole: Bool { damaged.isEmpty && isProtectionWhole }
    var isProtectionWhole: Bool { badParity.isEmpty && sidecar.wholeTables == (true, true) }

    /// Lost blocks by group.
    var lostByGroup: [Int: [Int]] { Dictionary(grouping: lost, by: table.shape.group) }

    private func isSolvable(_ group: Int, _ lost: [Int]) -> Bool {
        let shape = table.shape
        let good = (0..<shape.parityPerGroup).filter { !badParity.contains(shape.parityIndex(row: $0, group: group)) }
        return lost.count <= good.count
    }

    /// Blocks that no parity brings back.
    var beyondMending: Set<Int> {
        Set(lostByGroup.filter { !isSolvable($0.key, $0.value) }.flatMap(\.value))
    }

    /// Places of the damaged objects that parity can mend.
    var mendable: Set<Int> {
        let beyond = beyondMending
        return Set(damaged.keys.filter { beyond.isDisjoint(with: blocks(of: $0)) })
    }

    /// The blocks that an object lies in; none for an empty one.
    func blocks(of number: Int) -> Range<Int> {
        let size = UInt64(table.shape.blockSize)
        let first = offset(of: number)
        guard table.objects[number].size > 0 else { return 0..<0 }
        let last = first + table.objects[number].size - 1
        return Int(first / size)..<Int(last / size) + 1
    }

    func offset(of number: Int) -> UInt64 { table.objects[..<number].reduce(0) { $0 + $1.size } }

    /// The lost blocks that parity brings back, compared with their digests. `parity` has all others.
    func recovered(with parity: ParityAccumulator, sidecars: DirectoryStore) -> [Int: [UInt8]] {
        var found: [Int: [UInt8]] = [:]
        let start = start
        for (group, lost) in lostByGroup {
            let blocks = parity.recover(lost, group: group) { sidecar.parity($0, start: start, in: sidecars) }
            for (index, block) in zip(lost, blocks ?? [])
            where block.withUnsafeBytes(ParityTable.digest) == table.dataDigests[index] {
                found[index] = block
            }
        }
        return found
    }
}
