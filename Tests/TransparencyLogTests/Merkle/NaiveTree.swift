import Primitives
import Sealing

/// RFC 6962, 2.1 word for word: recursive, over all leaves. What the program has is compared with it.
final class NaiveTree {
    let entries: [[UInt8]]
    private var known: [Range<Int>: Digest32] = [:]

    init(_ entries: [[UInt8]]) { self.entries = entries }

    static func counting(_ count: Int) -> NaiveTree { NaiveTree((0..<count).map { Array("entry \($0)".utf8) }) }

    func hash(_ range: Range<Int>) -> Digest32 {
        if let hash = known[range] { return hash }
        let hash: Digest32
        switch range.count {
        case 0: hash = SHA256Digest.of([UInt8]())
        case 1: hash = SHA256Digest.of([0] + entries[range.lowerBound])
        default:
            let middle = range.lowerBound + Self.split(range.count)
            hash = SHA256Digest.of(
                [1] + self.hash(range.lowerBound..<middle).bytes + self.hash(middle..<range.upperBound).bytes)
        }
        known[range] = hash
        return hash
    }

    func root(_ size: Int) -> Digest32 { hash(0..<size) }

    /// PATH(m, D[n]).
    func path(_ m: Int, _ range: Range<Int>) -> [Digest32] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + Self.split(range.count)
        return m < middle
            ? path(m, range.lowerBound..<middle) + [hash(middle..<range.upperBound)]
            : path(m, middle..<range.upperBound) + [hash(range.lowerBound..<middle)]
    }

    /// PROOF(m, D[n]).
    func proof(_ m: Int, _ n: Int) -> [Digest32] { m == 0 || m == n ? [] : subproof(m, 0..<n, true) }

    private func subproof(_ end: Int, _ range: Range<Int>, _ isKnown: Bool) -> [Digest32] {
        guard end < range.upperBound else { return isKnown ? [] : [hash(range)] }
        let middle = range.lowerBound + Self.split(range.count)
        return end <= middle
            ? subproof(end, range.lowerBound..<middle, isKnown) + [hash(middle..<range.upperBound)]
            : subproof(end, middle..<range.upperBound, false) + [hash(range.lowerBound..<middle)]
    }

    private static func split(_ count: Int) -> Int {
        var k = 1
        while k * 2 < count { k *= 2 }
        return k
    }
}
