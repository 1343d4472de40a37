import Primitives

/// The strategy that this host follows, as somebody answers for it: by the digest of its file.
package struct AdoptedStrategy: Sendable, Equatable {
    package let digest: Digest32
    package let at: Timestamp
    /// Nil where the host took it by itself: at the founding, and where it demands no less than the one before.
    package let by: PersonID?

    package init(digest: Digest32, at: Timestamp, by: PersonID?) { (self.digest, self.at, self.by) = (digest, at, by) }
}

extension IdentityState {
    package mutating func adopt(_ digest: Digest32, by actor: Actor?, now: Moment) {
        strategy = AdoptedStrategy(digest: digest, at: now.wall, by: actor?.person)
    }
}

extension AdoptedStrategy {
    static let key = Array("strategy".utf8)

    var row: KeptRow {
        KeptRow(.note, Self.key) { writer in
            writer.digest(digest)
            writer.time(at)
            writer.optional(by) { $0.raw($1.bytes) }
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            AdoptedStrategy(
                digest: try reader.digest(), at: try reader.time(),
                by: try reader.optional { (reader) throws(EncodingError) -> PersonID in try reader.identifier() })
        }
    }
}
