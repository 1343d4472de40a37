import Primitives
import Sealing

// What people prove themselves with, as it is kept: digests, and secrets that are sealed.

extension Credentials {
    var row: KeptRow {
        KeptRow(.credential, person.bytes) { writer in
            writer.raw(person.bytes)
            password.write(to: &writer)
            writer.optional(timeCode) { $1.write(to: &$0) }
            writer.optional(factor) { $0.digest($1) }
            writer.list(recovery.unused.sorted()) { $0.digest($1) }
            lockout.write(to: &writer)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            var own = Credentials(
                person: try reader.identifier(), password: try PasswordCredential(from: &reader))
            own.timeCode = try reader.optional { (reader) throws(EncodingError) in try TimeCode(from: &reader) }
            own.factor = try reader.optional { (reader) throws(EncodingError) in try reader.digest() }
            own.recovery.unused = Set(try reader.list { (reader) throws(EncodingError) in try reader.digest() })
            own.lockout = try Lockout(from: &reader)
            return own
        }
    }
}

extension PasswordCredential {
    fileprivate func write(to writer: inout ByteWriter) {
        current.write(to: &writer)
        writer.list(former) { $1.write(to: &$0) }
        for moment in [chosen, reviewed, issued] { writer.moment(moment) }
        writer.flag(isTemporary)
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        self.init(
            current: try PasswordVerifier(from: &reader),
            former: try reader.list { (reader) throws(EncodingError) in try PasswordVerifier(from: &reader) },
            chosen: try reader.moment(), reviewed: try reader.moment(), issued: try reader.moment(),
            isTemporary: try reader.flag())
    }
}

extension PasswordVerifier {
    func write(to writer: inout ByteWriter) {
        writer.u8(parameters.logN)
        writer.u32(parameters.r)
        writer.u32(parameters.p)
        writer.counted(salt)
        writer.digest(digest)
    }

    init(from reader: inout ByteReader) throws(EncodingError) {
        let parameters = ScryptParameters(logN: try reader.u8(), r: try reader.u32(), p: try reader.u32())
        // Not more memory than there is, whatever the row says.
        guard (1...20).contains(parameters.logN), (1...16).contains(parameters.r), (1...16).contains(parameters.p)
        else { throw EncodingError("has parameters of scrypt that are none") }
        self.init(parameters: parameters, salt: Array(try reader.counted()), digest: try reader.digest())
    }
}

extension TimeCode {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.counted(algorithm.rawValue)
        writer.u8(UInt8(digits))
        writer.varint(period)
        writer.varint(drift)
        writer.optional(lastStep) { $0.varint($1) }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        let algorithm: OneTimeCode.Algorithm = try reader.word { OneTimeCode.Algorithm(rawValue: $0) }
        let (digits, period, drift) = (Int(try reader.u8()), try reader.varint(), try reader.varint())
        guard (6...8).contains(digits), (15...300).contains(period), drift <= 10 else {
            throw EncodingError("has an authenticator that is none")
        }
        self.init(
            algorithm: algorithm, digits: digits, period: period, drift: drift,
            lastStep: try reader.optional { (reader) throws(EncodingError) in try reader.varint() })
    }
}

extension Lockout {
    func write(to writer: inout ByteWriter) {
        writer.varint(failures)
        writer.optional(last) { $0.moment($1) }
    }

    init(from reader: inout ByteReader) throws(EncodingError) {
        failures = Int(try reader.smallCount())
        last = try reader.optional { (reader) throws(EncodingError) in try reader.moment() }
    }
}

extension ByteReader {
    fileprivate mutating func smallCount() throws(EncodingError) -> UInt16 {
        guard let value = UInt16(exactly: try varint()) else { throw EncodingError("has a count that is none") }
        return value
    }
}

extension EnrolledFactors {
    /// With the sealed secret of each.
    func rows(_ secrets: [Digest32: [UInt8]]) -> [KeptRow] {
        Set(owners.keys).union(reportedLost).map { factor in
            KeptRow(.authenticator, factor.bytes) { writer in
                writer.optional(owners[factor]) { $0.raw($1.bytes) }
                writer.flag(reportedLost.contains(factor))
                writer.counted(secrets[factor] ?? [])
            }
        }
    }

    /// Takes one in, and returns its sealed secret.
    mutating func take(_ row: KeptRow) throws(EncodingError) -> (Digest32, [UInt8]) {
        guard let factor = Digest32(bytes: row.key) else { throw EncodingError("has no fingerprint") }
        let read = try row.read { (reader) throws(EncodingError) in
            (
                try reader.optional { (reader) throws(EncodingError) -> PersonID in try reader.identifier() },
                try reader.flag(), Array(try reader.counted())
            )
        }
        owners[factor] = read.0
        if read.1 { reportedLost.insert(factor) }
        return (factor, read.2)
    }
}
