import Primitives

/// Content-defined cut points: FastCDC (Xia et al., USENIX ATC 2016) with a 64-bit gear hash, a table made from the domain's
/// secret, normalised chunking of level 2 and the scan begun 64 bytes before the minimum, so that a cut depends on content alone.
package final class GearChunker: Sendable {
    package let parameters: ChunkerParameters
    private let table: [UInt64]
    private let strictThreshold: UInt64
    private let looseThreshold: UInt64

    /// `table` is 256 random words: 2,048 bytes of key material, little-endian.
    package init(parameters: ChunkerParameters, keyMaterial: [UInt8]) {
        precondition(keyMaterial.count == 2048)
        self.parameters = parameters
        table = keyMaterial.withUnsafeBytes { raw in
            (0..<256).map { UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self)) }
        }
        let bits = UInt64(parameters.average.trailingZeroBitCount)
        strictThreshold = 1 << (64 - (bits + 2))
        looseThreshold = 1 << (64 - (bits - 2))
    }

    /// The length of the first chunk of `bytes`. Fewer bytes than the maximum are taken to be all there is.
    package func firstCut(in bytes: UnsafeRawBufferPointer) -> Int {
        let end = min(bytes.count, parameters.maximum)
        guard end > parameters.minimum, let raw = bytes.baseAddress else { return end }
        let base = raw.assumingMemoryBound(to: UInt8.self)
        return table.withUnsafeBufferPointer { table -> Int in
            guard let gear = table.baseAddress else { return end }
            var hash: UInt64 = 0
            for i in (parameters.minimum - 64)..<parameters.minimum { hash = (hash &<< 1) &+ gear[Int(base[i])] }
            let middle = min(end, parameters.average)
            if let cut = Self.scan(base, parameters.minimum, middle, strictThreshold, gear, &hash) { return cut }
            return Self.scan(base, middle, end, looseThreshold, gear, &hash) ?? end
        }
    }

    /// Eight bytes a step: the sums of neighbours are off the chain that binds the hash. `cutOneByteAtATime` in the tests is its oracle.
    private static func scan(
        _ p: UnsafePointer<UInt8>, _ from: Int, _ to: Int, _ threshold: UInt64, _ g: UnsafePointer<UInt64>,
        _ hash: inout UInt64
    ) -> Int? {
        var h = hash
        var i = from
        while i &+ 8 <= to {
            let a = g[Int(p[i])], b = g[Int(p[i &+ 1])], c = g[Int(p[i &+ 2])], d = g[Int(p[i &+ 3])]
            let e = g[Int(p[i &+ 4])], f = g[Int(p[i &+ 5])], k = g[Int(p[i &+ 6])], l = g[Int(p[i &+ 7])]
            let h1 = (h &<< 1) &+ a
            let h2 = (h &<< 2) &+ ((a &<< 1) &+ b)
            let h3 = (h2 &<< 1) &+ c
            let h4 = (h2 &<< 2) &+ ((c &<< 1) &+ d)
            let h5 = (h4 &<< 1) &+ e
            let h6 = (h4 &<< 2) &+ ((e &<< 1) &+ f)
            let h7 = (h6 &<< 1) &+ k
            let h8 = (h6 &<< 2) &+ ((k &<< 1) &+ l)
            if h1 < threshold { return i &+ 1 }
            if h2 < threshold { return i &+ 2 }
            if h3 < threshold { return i &+ 3 }
            if h4 < threshold { return i &+ 4 }
            if h5 < threshold { return i &+ 5 }
            if h6 < threshold { return i &+ 6 }
            if h7 < threshold { return i &+ 7 }
            if h8 < threshold { return i &+ 8 }
            h = h8
            i &+= 8
        }
        while i < to {
            h = (h &<< 1) &+ g[Int(p[i])]
            i &+= 1
            if h < threshold { return i }
        }
        hash = h
        return nil
    }
}
