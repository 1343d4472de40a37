import Primitives
import Sealing
import Storage

/// A chunk and one place where it lies.
package struct PlacedChunk: Sendable {
    package var id: ChunkID
    package var type: ChunkType
    package var place: ChunkLocation

    package init(id: ChunkID, type: ChunkType, place: ChunkLocation) {
        (self.id, self.type, self.place) = (id, type, place)
    }

    /// Where it lies in bytes that begin at `start` of its pack.
    func range(from start: Int) -> Range<Int> { Int(place.offset) - start..<place.end - start }
}

extension ChunkLocation: Comparable {
    /// By pack, then by offset.
    package static func < (x: ChunkLocation, y: ChunkLocation) -> Bool {
        (x.pack.name, x.offset) < (y.pack.name, y.offset)
    }

    package var end: Int { Int(offset) + Int(storedCount) }
}

extension Bundle {
    /// Where the first segment begins: slices of a bundle count from there.
    package static func start(of type: ChunkType, _ plaintext: UnsafeRawBufferPointer) -> Int {
        guard type == .bundle, plaintext.count >= 4 else { return 0 }
        return headerCount(files: Int(UInt32(littleEndian: plaintext.loadUnaligned(as: UInt32.self))))
    }

    /// The part of a chunk's plaintext that a slice means; nil when it reaches beyond the end.
    package static func slice(
        _ plaintext: UnsafeRawBufferPointer, _ type: ChunkType, offset: Int, count: Int
    ) -> UnsafeRawBufferPointer? {
        let start = start(of: type, plaintext) + offset
        guard offset >= 0, count >= 0, start + count <= plaintext.count else { return nil }
        return UnsafeRawBufferPointer(rebasing: plaintext[start..<start + count])
    }
}
