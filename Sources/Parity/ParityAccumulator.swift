/// The parity of a segment while its blocks go by, in any order. A block that is never added counts as zeros.
package final class ParityAccumulator {
    package let shape: ParityShape
    private let code: ReedSolomon
    private let memory: UnsafeMutableRawBufferPointer
    /// To the rows of each group in turn, as ISA-L wants them.
    private let rows: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>

    /// Nil for a shape that no code fits.
    package init?(_ shape: ParityShape) {
        guard let code = ReedSolomon(dataCount: shape.dataPerGroup, parityCount: shape.parityPerGroup) else {
            return nil
        }
        self.shape = shape
        self.code = code
        memory = .allocate(byteCount: shape.parityBytes, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0)
        rows = .allocate(capacity: shape.parityBlockCount)
        for group in 0..<shape.groups {
            for row in 0..<shape.parityPerGroup {
                let offset = shape.parityIndex(row: row, group: group) * shape.blockSize
                let pointer = memory.baseAddress.map { ($0 + offset).assumingMemoryBound(to: UInt8.self) }
                (rows + group * shape.parityPerGroup + row).initialize(to: pointer)
            }
        }
    }

    deinit {
        memory.deallocate()
        rows.deallocate()
    }

    /// `block` is a whole block.
    package func add(_ block: UnsafeRawBufferPointer, at index: Int) {
        precondition(block.count == shape.blockSize && index < shape.blockCount)
        code.add(block, column: shape.column(of: index), to: rows + shape.group(of: index) * shape.parityPerGroup)
    }

    /// A block of parity, by its place in the sidecar.
    package func parity(_ index: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: memory[index * shape.blockSize..<(index + 1) * shape.blockSize])
    }

    /// The lost blocks of a group, after all others were added: `stored` gives a row's block of the sidecar, nil where that is damaged
    /// too. Nil where fewer rows are left than blocks are lost.
    package func recover(_ lost: [Int], group: Int, stored: (Int) throws -> [UInt8]?) rethrows -> [[UInt8]]? {
        guard lost.count <= shape.parityPerGroup else { return nil }
        var (rows, syndromes): ([Int], [[UInt8]]) = ([], [])
        for row in 0..<shape.parityPerGroup where rows.count < lost.count {
            let index = shape.parityIndex(row: row, group: group)
            guard var block = try stored(index) else { continue }
            let computed = parity(index)
            block.withUnsafeMutableBytes { block in for i in block.indices { block[i] ^= computed[i] } }
            rows.append(row)
            syndromes.append(block)
        }
        return code.solve(columns: lost.map(shape.column), rows: rows, syndromes: syndromes)
    }
}
