import Primitives
import Sealing

/// Whose signing keys there are, sealed under the host's key; and the key by which the installation says whose they are.
struct SignerBook: Sendable, Equatable {
    struct Signer: Sendable, Equatable {
        var certificate: SignerCertificate
        /// 64 secret bytes, sealed.
        var seeds: [UInt8]
    }

    /// Sealed; nil before the first key was made.
    var authority: [UInt8]?
    var signers: [PersonID: Signer] = [:]

    init() {}

    var rows: [KeptRow] {
        var rows = signers.map { person, signer in
            KeptRow(.signer, person.bytes) { writer in
                writer.counted(signer.certificate.encoded())
                writer.counted(signer.seeds)
            }
        }
        if let authority { rows.append(KeptRow(.note, Array("authority".utf8)) { $0.counted(authority) }) }
        return rows
    }

    init(keptIn rows: [KeptRow]) throws(EncodingError) {
        for row in rows where row.table == .signer {
            guard let person = PersonID(bytes: row.key) else { throw EncodingError("has a signer without an id") }
            signers[person] = try row.read { (reader) throws(EncodingError) in
                let certificate = try SignerCertificate(decoding: Array(try reader.counted()))
                return Signer(certificate: certificate, seeds: Array(try reader.counted()))
            }
        }
        if let row = rows.first(where: { $0.table == .note && $0.key == Array("authority".utf8) }) {
            authority = try row.read { (reader) throws(EncodingError) in Array(try reader.counted()) }
        }
    }
}

extension SigningDesk {
    var rows: [KeptRow] {
        periods.map { session, period in
            KeptRow(.signingPeriod, session.bytes) { writer in
                writer.raw(period.person.bytes)
                writer.digest(period.host)
                writer.u64(period.rolesVersion)
                writer.moment(period.last)
                writer.u64(period.ordinal)
            }
        }
    }

    mutating func take(_ row: KeptRow) throws(EncodingError) {
        guard let session = LoginSessionID(bytes: row.key) else { throw EncodingError("has a period of no session") }
        periods[session] = try row.read { (reader) throws(EncodingError) in
            SigningPeriod(
                person: try reader.identifier(), host: try reader.digest(), rolesVersion: try reader.u64(),
                last: try reader.moment(), ordinal: try reader.u64())
        }
    }
}
