import Primitives
import Sealing

/// What the pieces of files that are stored as deltas lean on, of each copy of each, for a whole repository. In files without a name: ten million
/// pieces take a gigabyte there, and no memory of the process. One thread at a time.
package final class DeltaBases {
    /// By piece: where its newest form begins, counted from 1.
    private var pieces: OpenTable
    /// Forms: where the one before begins, counted from 1, or 0; how many bases; and their ids, of two words each.
    private var forms: MappedList<UInt64>

    package init(folder: String) throws {
        let pieces = try OpenTable(slotBytes: 24, expecting: 0, folder: folder)
        let forms = try MappedList<UInt64>(folder: folder)
        self.pieces = pieces
        self.forms = forms
    }

    package var isEmpty: Bool { pieces.count == 0 }

    package func add(_ piece: Prefix16, _ bases: [Prefix16]) throws {
        let position = UInt64(forms.count + 1)
        var before: UInt64 = 0
        if let value = pieces.value(for: piece) {
            before = value.loadUnaligned(as: UInt64.self)
            UnsafeMutableRawBufferPointer(mutating: value).storeBytes(of: position, as: UInt64.self)
        } else {
            _ = try pieces.insert(piece) { $0.storeBytes(of: position, as: UInt64.self) }
        }
        for word in [before, UInt64(bases.count)] + bases.flatMap({ [$0.high, $0.low] }) { try forms.append(word) }
    }

    package func holds(_ piece: Prefix16) -> Bool { pieces.value(for: piece) != nil }

    /// Whether `body` takes one of the piece's forms. True for a piece that is no delta.
    func hasForm(_ piece: Prefix16, where body: ([Prefix16]) -> Bool) -> Bool {
        guard let value = pieces.value(for: piece) else { return true }
        var position = Int(value.loadUnaligned(as: UInt64.self))
        while position > 0 {
            let start = position + 1
            let bases = (0..<Int(forms[position])).map { number in
                Prefix16(high: forms[start + 2 * number], low: forms[start + 2 * number + 1])
            }
            if body(bases) { return true }
            position = Int(forms[position - 1])
        }
        return false
    }
}
