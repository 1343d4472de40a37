/// How a segment is cut into blocks, and its blocks into groups: block i belongs to group i mod `groups`, so that a burst of damage is
/// spread over all groups.
package struct ParityShape: Sendable, Equatable {
    package static let blockSizes = 4096...1 << 20
    /// A larger set of objects is cut into several segments: parity is held in memory while it is computed, a sixteenth of this.
    package static let segmentLimit: UInt64 = 2 << 30
    private static let largestGroup = 240
    private static let fewestParityBlocks = 4

    /// Bytes that are protected.
    package let byteCount: UInt64
    package let blockSize: Int
    package let groups: Int
    package let dataPerGroup: Int
    package let parityPerGroup: Int

    /// The shape that is written: a sixteenth of parity (240 + 15), four blocks at least; one group where that suffices.
    package init(byteCount: UInt64) {
        var blockSize = Self.blockSizes.lowerBound
        while blockSize < 64 << 10, byteCount > UInt64(blockSize * Self.largestGroup) { blockSize *= 2 }
        let blocks = max(1, Int(byteCount.dividedUp(by: UInt64(blockSize))))
        let groups = (blocks + Self.largestGroup - 1) / Self.largestGroup
        let dataPerGroup = (blocks + groups - 1) / groups
        self.byteCount = byteCount
        self.blockSize = blockSize
        self.groups = groups
        self.dataPerGroup = dataPerGroup
        parityPerGroup = max(Self.fewestParityBlocks, (dataPerGroup + 15) / 16)
    }

    /// One that was read; nil where it says nothing sensible.
    package init?(byteCount: UInt64, blockSize: Int, groups: Int, dataPerGroup: Int, parityPerGroup: Int) {
        guard Self.blockSizes.contains(blockSize), blockSize & (blockSize - 1) == 0, groups > 0, dataPerGroup > 0,
            parityPerGroup > 0, dataPerGroup + parityPerGroup <= 255, byteCount <= Self.segmentLimit * 64,
            groups <= 1 << 24
        else { return nil }
        let blocks = max(1, byteCount.dividedUp(by: UInt64(blockSize)))
        guard blocks <= UInt64(groups * dataPerGroup) else { return nil }
        self.byteCount = byteCount
        self.blockSize = blockSize
        self.groups = groups
        self.dataPerGroup = dataPerGroup
        self.parityPerGroup = parityPerGroup
    }

    package var blockCount: Int { Int(byteCount.dividedUp(by: UInt64(blockSize))) }
    package var parityBlockCount: Int { groups * parityPerGroup }
    package var parityBytes: Int { parityBlockCount * blockSize }

    package func group(of block: Int) -> Int { block % groups }
    package func column(of block: Int) -> Int { block / groups }
    /// Where a row of a group stands among the blocks of parity: neighbours belong to different groups here as well.
    package func parityIndex(row: Int, group: Int) -> Int { row * groups + group }
}

extension UInt64 {
    fileprivate func dividedUp(by divisor: UInt64) -> UInt64 { self / divisor + (self % divisor == 0 ? 0 : 1) }
}
