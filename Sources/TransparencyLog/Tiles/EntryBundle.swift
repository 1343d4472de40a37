import Primitives

/// Entries as a tile has them: a length in two bytes, the larger one first, then as many bytes (C2SP tlog-tiles).
package enum EntryBundle {
    package static let largestEntry = Int(UInt16.max)

    package static func append(_ entry: [UInt8], to bundle: inout [UInt8]) {
        precondition(entry.count <= largestEntry)
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 255))
        bundle.append(contentsOf: entry)
    }

    /// Exactly `count` entries and nothing behind them.
    package static func entries(_ bundle: [UInt8], count: Int) throws(EncodingError) -> [[UInt8]] {
        try ByteReader.reading(bundle) { reader throws(EncodingError) in
            var entries: [[UInt8]] = []
            entries.reserveCapacity(count)
            for _ in 0..<count {
                let length = Int(try reader.u16().byteSwapped)
                entries.append([UInt8](try reader.take(length)))
            }
            guard reader.isAtEnd else { throw EncodingError("has \(reader.remaining) bytes behind its last entry") }
            return entries
        }
    }
}
