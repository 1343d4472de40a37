import Primitives
import Sealing

/// That the agency was told, in a letter, that signatures here are meant as those by hand (21 CFR 11.100(c)). Sending it is the user's own act; the day is
/// kept, so that whoever asks finds it.
package struct AgencyLetter: Sendable, Equatable {
    /// As it was given: 2026-11-02.
    package let sent: String
    package let by: PersonID
    package let at: Timestamp
}

extension IdentityState {
    package mutating func noteLetter(sent: String, by actor: PersonID, now: Moment) throws(DirectoryRefusal) {
        guard directory.permits(actor, .account) else { throw .notPermitted }
        letter = AgencyLetter(sent: sent, by: actor, at: now.wall)
    }
}

extension AgencyLetter {
    static let key = Array("agency-letter".utf8)

    var row: KeptRow {
        KeptRow(.note, Self.key) { writer in
            writer.counted(sent)
            writer.raw(by.bytes)
            writer.time(at)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            let sent = try reader.countedString()
            let by: PersonID = try reader.identifier()
            return Self(sent: sent, by: by, at: try reader.time())
        }
    }
}
