/// How large the files of a cluster's log are: a power of two between 1 MiB and 1 GiB, fixed when it is initialised.
package struct SegmentSize: Sendable, Hashable {
    package let bytes: UInt64

    /// Nil for a size that no server has.
    package init?(_ bytes: UInt64) {
        guard (1 << 20...1 << 30).contains(bytes), bytes & (bytes - 1) == 0 else { return nil }
        self.bytes = bytes
    }

    private init(mebibytes: UInt64) { bytes = mebibytes << 20 }

    /// What servers have unless they were initialised otherwise.
    package static let usual = SegmentSize(mebibytes: 16)

    /// Segments whose names have the same middle part.
    var perLog: UInt64 { (1 << 32) / bytes }
}
