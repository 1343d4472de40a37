import Parity
import Primitives
import Sealing
import Storage

/// Puts a damaged object together from its blocks that are whole and those that parity gave back.
struct ObjectMending {
    let medium: Medium
    let examination: SegmentExamination
    let recovered: [Int: [UInt8]]

    /// False where blocks are missing. The damaged file stays until the mended one is on the medium and has the digest of the table.
    func mend(_ number: Int) throws -> Bool {
        let object = examination.sidecar.table.objects[number]
        let blocks = examination.blocks(of: number)
        let lost = Set(examination.lost.filter(blocks.contains))
        guard lost.allSatisfy({ recovered[$0] != nil }) else { return false }
        let target = medium.store.path(of: object.name)
        let file = try ReplacementFile(for: target, in: medium.path + "/tmp")
        var hash = RunningSHA256()
        for index in blocks {
            guard let piece = piece(of: number, index, lost.contains(index)) else { return false }
            piece.withUnsafeBytes { hash.update($0) }
            try piece.withUnsafeBytes { try file.append($0) }
        }
        guard hash.value() == object.digest else { return false }
        try file.finish()
        return true
    }

    /// What of a block belongs to the object.
    private func piece(of number: Int, _ index: Int, _ isLost: Bool) -> [UInt8]? {
        let table = examination.sidecar.table
        let object = table.objects[number]
        let (begin, blockBegin) = (examination.offset(of: number), UInt64(index * table.shape.blockSize))
        let from = max(begin, blockBegin)
        let to = min(begin + object.size, blockBegin + UInt64(table.shape.blockSize))
        if isLost { return recovered[index].map { Array($0[Int(from - blockBegin)..<Int(to - blockBegin)]) } }
        return try? medium.store.readRange(object.name, at: Int64(from - begin), count: Int(to - from))
    }
}
