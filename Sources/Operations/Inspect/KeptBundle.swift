import Primitives
import RepositoryEngine
import Sealing

/// The bundle that was read last. Small files that lie side by side are in one: without it, it would be opened once for each of them.
final class KeptBundle {
    private var id: ChunkID?
    private var plaintext: [UInt8] = []

    func withPlaintext(
        of slice: Slice, _ reader: inout ChunkReader, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        if id != slice.id {
            id = nil
            try reader.read(slice.id, slice.type) { plaintext = Array($0) }
            id = slice.id
        }
        try plaintext.withUnsafeBytes(body)
    }
}
