import CLinux
import Glibc
import Parity
import Primitives
import Storage

/// The two files that protect a segment: `NNNNNNNNNN.parity` (table, then blocks of parity) and `NNNNNNNNNN.table` (the table again).
struct SegmentSidecar: Sendable {
    static let folder = "parity"
    private static let alignment = 4096

    let number: UInt64
    let table: ParityTable
    /// Copies of the table that are whole, of two.
    var wholeTables: (parity: Bool, table: Bool)

    static func parityName(_ number: UInt64) -> ObjectName { ObjectName("\(folder)/\(padded(number)).parity") }
    static func tableName(_ number: UInt64) -> ObjectName { ObjectName("\(folder)/\(padded(number)).table") }

    private static func padded(_ number: UInt64) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    /// All segments of a medium, and the numbers of those of which no table is whole.
    static func all(in store: DirectoryStore) throws -> (whole: [SegmentSidecar], lost: [UInt64], next: UInt64) {
        var numbers: Set<UInt64> = []
        try store.list(below: folder) { name, _ in
            if let number = UInt64(name.lastComponent.prefix { $0 != "." }) { numbers.insert(number) }
        }
        var (whole, lost): ([SegmentSidecar], [UInt64]) = ([], [])
        for number in numbers.sorted() {
            let (inParity, alone) = (table(parityName(number), store), table(tableName(number), store))
            if let table = alone ?? inParity {
                whole.append(
                    SegmentSidecar(number: number, table: table, wholeTables: (inParity == table, alone == table)))
            } else {
                lost.append(number)
            }
        }
        return (whole, lost, (numbers.max() ?? 0) + 1)
    }

    /// Nil where it is damaged or not there.
    private static func table(_ name: ObjectName, _ store: DirectoryStore) -> ParityTable? {
        guard let beginning = try? store.readRange(name, at: 0, count: 12),
            let length = beginning.withUnsafeBytes(ParityTable.length),
            let size = try? store.size(of: name), size >= Int64(length),
            let bytes = try? store.readRange(name, at: 0, count: length)
        else { return nil }
        return try? ParityTable(decoding: bytes)
    }

    /// Where the blocks of parity begin in the file.
    static func start(_ tableLength: Int) -> Int { (tableLength + alignment - 1) / alignment * alignment }

    private static func head(_ table: [UInt8]) -> [UInt8] {
        table + [UInt8](repeating: 0, count: start(table.count) - table.count)
    }

    /// A block of parity as it is stored; nil where it is not what the table says.
    func parity(_ index: Int, start: Int, in store: DirectoryStore) -> [UInt8]? {
        let offset = Int64(start) + Int64(index) * Int64(table.shape.blockSize)
        guard
            let block = try? store.readRange(
                Self.parityName(number), at: offset, count: table.shape.blockSize),
            block.withUnsafeBytes(ParityTable.digest) == table.parityDigests[index]
        else { return nil }
        return block
    }

    /// Reads the parity from the medium itself the next time.
    func forget(in store: DirectoryStore) {
        let fd = sh_open_read(AT_FDCWD, store.path(of: Self.parityName(number)))
        guard fd >= 0 else { return }
        sh_drop_cache(fd, 0, 0)
        close(fd)
    }

    /// Writes both files of a new segment; false where the number was taken meanwhile.
    static func create(_ number: UInt64, _ table: ParityTable, _ parity: ParityAccumulator, in store: DirectoryStore)
        throws -> Bool
    {
        let encoded = table.encoded()
        let staged = try store.stage()
        defer { staged.abandon() }
        try head(encoded).withUnsafeBytes { try staged.append($0) }
        for index in 0..<table.shape.parityBlockCount { try staged.append(parity.parity(index)) }
        guard try staged.finish(as: parityName(number), .immediate) == .created else { return false }
        return try store.put(encoded, as: tableName(number), .immediate) == .created
    }

    /// Writes the second copy of the table where a copy was cut off before it could.
    func complete(in store: DirectoryStore) throws {
        guard wholeTables.parity, try store.size(of: Self.tableName(number)) == nil else { return }
        _ = try store.put(table.encoded(), as: Self.tableName(number), .immediate)
    }

    /// Writes both files anew.
    func replace(_ parity: ParityAccumulator, in store: DirectoryStore) throws {
        let (encoded, folder) = (table.encoded(), store.root + "/tmp")
        let file = try ReplacementFile(for: store.path(of: Self.parityName(number)), in: folder)
        try Self.head(encoded).withUnsafeBytes { try file.append($0) }
        for index in 0..<table.shape.parityBlockCount { try file.append(parity.parity(index)) }
        try file.finish()
        try ReplacementFile.write(encoded, to: store.path(of: Self.tableName(number)), in: folder)
    }
}
