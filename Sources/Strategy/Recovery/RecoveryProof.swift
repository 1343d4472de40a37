/// What a server was seen to have recovered.
package struct RecoveryProof: Sendable, Equatable {
    /// The last position that was replayed, as servers write it.
    package var position: String
    /// When the last transaction was committed that is in it, as the server says it; nil where none was replayed.
    package var lastCommit: String?
    /// What the server said of why it stopped; nil at the end of the archive.
    package var stop: String?
    package var databases: UInt64 = 0
    /// Tables of which every row was read.
    package var tables: UInt64 = 0
    package var rows: UInt64 = 0
    /// Whether indexes and tables were looked into by the server's own program for that.
    package var areIndexesChecked = false

    package init(position: String, lastCommit: String?, stop: String?) {
        (self.position, self.lastCommit, self.stop) = (position, lastCommit, stop)
    }
}
