import Primitives

/// A tree of files that no file system here holds, and that comes as one stream: a server's data directory. It comes in an order of its own, and
/// cannot be asked for twice.
package protocol TreeSource: Sendable {
    /// Begins. Each backup calls it once.
    func open() throws(StreamFailure) -> any TreeReading
}

/// Something in a tree that arrives.
package struct ArrivedEntry: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case directory
        /// `size` may be too large where it is not known.
        case file(size: UInt64)
        case link(target: [UInt8])
    }

    /// Below the tree's root, without a leading slash. Not empty, and no two have the same.
    package var path: [UInt8]
    package var kind: Kind
    package var mode: UInt32
    package var uid: UInt32
    package var gid: UInt32
    /// Seconds since 1970.
    package var modified: Int64
    /// Whether what is in a file stays at its place from one backup to the next, as pages do.
    package var isPaged = false

    package init(path: [UInt8], kind: Kind, mode: UInt32, uid: UInt32, gid: UInt32, modified: Int64) {
        (self.path, self.kind, self.mode) = (path, kind, mode)
        (self.uid, self.gid, self.modified) = (uid, gid, modified)
    }
}

package enum TreeArrival: Sendable, Equatable {
    case entry(ArrivedEntry)
    /// Nothing came in time.
    case waiting
    case end
}

/// What is to be said of a tree that is whole.
package struct TreeVerdict: Sendable, Equatable {
    /// What people should know all the same.
    package var remarks: [String] = []
    /// Files that came as the source has them, and are damaged there.
    package var damaged: [(path: [UInt8], reason: String)] = []

    package init() {}

    package static func == (x: TreeVerdict, y: TreeVerdict) -> Bool {
        x.remarks == y.remarks && x.damaged.elementsEqual(y.damaged, by: ==)
    }
}

/// A tree that began to arrive; one thread reads it from its beginning to its end.
package protocol TreeReading: AnyObject {
    /// What comes next. The content of a file has to be read to its end before.
    func next(waiting milliseconds: Int) throws(StreamFailure) -> TreeArrival
    /// Content of the file that came last: fills some of `room`, which is not empty, and returns how much; 0 at the file's end, nil where nothing
    /// came within `milliseconds`.
    func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure) -> Int?
    /// Called behind the last byte of each file, with what was taken of it: its size and its SHA-256.
    func took(_ size: UInt64, _ digest: Digest32) throws(StreamFailure)
    /// Asked once, behind the end: what came counts only where this does not throw.
    func finish() throws(StreamFailure) -> TreeVerdict
    /// Ends it at once, whatever is on its way. Harmless after `finish`.
    func abandon()
}
