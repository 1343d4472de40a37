import Primitives

/// Content that no file system holds: what a program prints, what a server sends. It has no size beforehand, and cannot be read twice.
package protocol StreamSource: Sendable {
    /// Begins. Each backup calls it once.
    func open() throws(StreamFailure) -> any StreamReading
    /// Whether it is made of pages, none of which comes again at another place.
    var isPaged: Bool { get }
}

extension StreamSource {
    package var isPaged: Bool { false }
}

/// A stream that was begun; one thread reads it from its beginning to its end.
package protocol StreamReading {
    /// Fills some of `room`, which is not empty, and returns how much: 0 at the end, nil where nothing came within `milliseconds`.
    mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure)
        -> Int?
    /// Asked once, behind the last byte: what came counts only where this does not throw. Returns what people should know all the same.
    mutating func finish() throws(StreamFailure) -> [String]
    /// Hears, after that, the size and the digest of what came.
    mutating func took(_ size: UInt64, _ digest: Digest32)
    /// Ends it at once, whatever is on its way. Harmless after `finish`.
    mutating func abandon()
}

extension StreamReading {
    package mutating func took(_ size: UInt64, _ digest: Digest32) {}
}

/// Why a stream is not whole.
package struct StreamFailure: Error, Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case failed, toolMissing, unreachable, denied
        /// What should be read is not there.
        case missing
        /// What was said of a server does not fit it: it is no use to try again.
        case misconfigured
        /// A server has no replication slot of that name.
        case slotMissing
        /// A server no longer has log that was asked for.
        case logRemoved
    }

    package var kind: Kind
    /// A sentence.
    package var message: String
    /// What to do.
    package var advice: String

    package init(_ kind: Kind, _ message: String, advice: String) {
        (self.kind, self.message, self.advice) = (kind, message, advice)
    }
}
