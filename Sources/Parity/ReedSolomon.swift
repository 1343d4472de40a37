import CISAL

/// A systematic Reed–Solomon code over GF(2^8), polynomial 0x11D, by a Cauchy matrix: any `parityCount` lost blocks of a group can be
/// had back, whichever they are. The arithmetic is ISA-L's.
package struct ReedSolomon: Sendable, Equatable {
    /// Blocks of data in a group.
    package let dataCount: Int
    /// Blocks of parity in a group.
    package let parityCount: Int
    /// ISA-L's multiplication tables, 32 bytes for each coefficient.
    private let tables: [UInt8]

    /// Nil where the field has too few elements.
    package init?(dataCount: Int, parityCount: Int) {
        guard dataCount > 0, parityCount > 0, dataCount + parityCount <= 255 else { return nil }
        (self.dataCount, self.parityCount) = (dataCount, parityCount)
        var matrix = (0..<parityCount).flatMap { row in
            (0..<dataCount).map { Self.coefficient(row: row, column: $0, dataCount: dataCount) }
        }
        tables = Self.tables(&matrix, columns: dataCount, rows: parityCount)
    }

    /// What the block in `column` is multiplied by in the parity of `row`: the inverse of (dataCount + row) xor column.
    package static func coefficient(row: Int, column: Int, dataCount: Int) -> UInt8 {
        gf_inv(UInt8(dataCount + row) ^ UInt8(column))
    }

    private static func tables(_ matrix: inout [UInt8], columns: Int, rows: Int) -> [UInt8] {
        var tables = [UInt8](repeating: 0, count: 32 * columns * rows)
        ec_init_tables(Int32(columns), Int32(rows), &matrix, &tables)
        return tables
    }

    /// Adds a block of data to the parity of its group; `parity` points to `parityCount` blocks as long as this one.
    package func add(
        _ block: UnsafeRawBufferPointer, column: Int, to parity: UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>
    ) {
        guard let data = block.baseAddress else { return }
        tables.withUnsafeBufferPointer { tables in
            // ISA-L reads tables and data, although its prototype does not say so.
            ec_encode_data_update(
                Int32(block.count), Int32(dataCount), Int32(parityCount), Int32(column),
                UnsafeMutablePointer(mutating: tables.baseAddress),
                UnsafeMutablePointer(mutating: data.assumingMemoryBound(to: UInt8.self)), parity)
        }
    }

    /// The lost blocks from what they contributed to as many rows of parity. `syndromes` holds one block a row, in the order of `rows`;
    /// nil where there are fewer rows than lost columns.
    package func solve(columns: [Int], rows: [Int], syndromes: [[UInt8]]) -> [[UInt8]]? {
        let count = columns.count
        guard count > 0, rows.count == count, syndromes.count == count, let length = syndromes.first?.count,
            syndromes.allSatisfy({ $0.count == length })
        else { return nil }
        var matrix = rows.flatMap { row in
            columns.map { Self.coefficient(row: row, column: $0, dataCount: dataCount) }
        }
        var inverse = [UInt8](repeating: 0, count: count * count)
        guard gf_invert_matrix(&matrix, &inverse, Int32(count)) == 0 else { return nil }
        let tables = Self.tables(&inverse, columns: count, rows: count)
        return Self.multiply(tables, syndromes, length: length)
    }

    private static func multiply(_ tables: [UInt8], _ inputs: [[UInt8]], length: Int) -> [[UInt8]] {
        let (count, size) = (inputs.count, inputs.count * length)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, 2 * size))
        defer { memory.deallocate() }
        for (index, input) in inputs.enumerated() { (memory + index * length).update(from: input, count: length) }
        var sources = (0..<count).map { Optional(memory + $0 * length) }
        var results = (0..<count).map { Optional(memory + size + $0 * length) }
        tables.withUnsafeBufferPointer { tables in
            ec_encode_data(
                Int32(length), Int32(count), Int32(count), UnsafeMutablePointer(mutating: tables.baseAddress),
                &sources, &results)
        }
        return (0..<count).map { Array(UnsafeBufferPointer(start: memory + size + $0 * length, count: length)) }
    }
}
