import Primitives
import Sealing

// What makes somebody a service, as it is kept: of credentials digests only.

extension Directory {
    var serviceRows: [KeptRow] {
        people.values.compactMap { person in
            person.service.map { service in KeptRow(.service, person.id.bytes) { service.write(to: &$0) } }
        }
    }

    /// After the people.
    mutating func takeService(_ row: KeptRow) throws(EncodingError) {
        guard let id = PersonID(bytes: row.key), people[id] != nil else {
            throw EncodingError("has a service that is nobody")
        }
        people[id]?.service = try row.read { (reader) throws(EncodingError) in try ServiceIdentity(from: &reader) }
    }
}

extension ServiceIdentity {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.raw(owner.bytes)
        writer.flag(isOrphaned)
        writer.optional(credential) { $1.write(to: &$0) }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        self.init(owner: try reader.identifier())
        isOrphaned = try reader.flag()
        credential = try reader.optional { (reader) throws(EncodingError) in try ServiceCredential(from: &reader) }
    }
}

extension ServiceCredential {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.raw(id.bytes)
        writer.digest(digest)
        writer.digest(host)
        writer.moment(issued)
        writer.duration(lifetime)
        writer.optional(seen) { $0.moment($1) }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        self.init(
            keptAs: try reader.identifier(), digest: try reader.digest(), host: try reader.digest(),
            issued: try reader.moment(), lifetime: try reader.duration())
        seen = try reader.optional { (reader) throws(EncodingError) in try reader.moment() }
    }
}
