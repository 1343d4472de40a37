import Primitives
import Sealing

/// What was decided when the directory was founded, and holds from then on.
package struct House: Sendable, Equatable {
    /// How many others agree to what nobody does alone, beside the one who asks and the one who does it.
    package let approvers: Int
    /// What the host does without a person.
    package let duties: Set<HostDuty>
    package let founded: Timestamp

    package init(approvers: Int, duties: Set<HostDuty>, founded: Timestamp) {
        (self.approvers, self.duties, self.founded) = (approvers, duties, founded)
    }
}

/// All that this room keeps of one host. It is loaded, changed by one decision, and saved as a whole.
package struct IdentityState: Sendable {
    package let house: House
    package internal(set) var directory: Directory
    package internal(set) var approvals: ApprovalBook
    /// What would be done, by the requests that ask for it.
    var words: [ApprovalID: String] = [:]
    var clock: Timekeeper
    var credentials = CredentialBook()
    var factors = EnrolledFactors()
    /// Secrets of authenticators, sealed under the host's key, by their fingerprints.
    var secrets: [Digest32: [UInt8]] = [:]
    var sessions: SessionBook
    var desk: SignInDesk
    var signing: SigningDesk
    var signers = SignerBook()
    package internal(set) var signatures = SignatureBook()
    var proofs: [PersonID: IdentityProof] = [:]
    /// Nil as long as nobody comes by single sign-on.
    var provider: KeptProvider?
    var links = LinkBook()
    package internal(set) var strategy: AdoptedStrategy?
    package internal(set) var alarms = AlarmBook()
    package internal(set) var letter: AgencyLetter?

    static let passwords = PasswordPolicy()
    static let lockout = LockoutPolicy()
    static let limits = SessionLimits()

    /// A directory that begins with these people.
    package init(
        foundedBy founders: [Directory.Founder], house: House, at reading: ClockReading,
        using generator: inout some RandomNumberGenerator
    ) throws(DirectoryRefusal) {
        var clock = Timekeeper()
        let now = clock.moment(reading)
        self.house = house
        self.clock = clock
        directory = try Directory(foundedBy: founders, at: now)
        approvals = ApprovalBook(rules: FourEyesRules(approvers: house.approvers))
        sessions = SessionBook(limits: Self.limits)
        desk = SignInDesk(passwords: Self.passwords, lockout: Self.lockout, using: &generator)
        signing = SigningDesk(passwords: Self.passwords, lockout: Self.lockout, limits: Self.limits)
    }

    /// The moment of a decision. Each decision has one, and it is kept with what was decided.
    package mutating func moment(_ reading: ClockReading) -> Moment { clock.moment(reading) }
}

extension IdentityState {
    /// In no order.
    package var rows: [KeptRow] {
        var rows = directory.rows
        rows += credentials.all.values.map(\.row)
        rows += factors.rows(secrets)
        rows += sessions.rows
        rows += approvals.all.map(\.row)
        rows += words.map { id, words in KeptRow(.words, id.bytes) { $0.counted(words) } }
        rows += signers.rows
        rows += signing.rows
        rows += signatures.lines.values.map(\.row)
        rows += proofs.map { person, proof in proof.row(of: person) }
        if let strategy { rows.append(strategy.row) }
        rows += [clock.row, desk.row, house.row]
        rows += [provider?.row, links.row, alarms.row, credentials.testsRow, letter?.row].compactMap { $0 }
        return rows
    }

    /// Throws where anything in them is not what this room writes.
    package init(keptIn rows: [KeptRow]) throws(EncodingError) {
        let tables = Dictionary(grouping: rows, by: \.table)
        func note(_ name: String) throws(EncodingError) -> KeptRow {
            guard let row = tables[.note]?.first(where: { $0.key == Array(name.utf8) }) else {
                throw EncodingError("lacks its \(name)")
            }
            return row
        }
        house = try House(keptIn: try note("house"))
        clock = try Timekeeper(keptIn: try note("clock"))
        desk = try SignInDesk(keptIn: try note("desk"), Self.passwords, Self.lockout)
        directory = try Directory(keptIn: rows)
        directory.version = try note("directory").read { (reader) throws(EncodingError) in try reader.u64() }
        sessions = SessionBook(limits: Self.limits)
        signing = SigningDesk(passwords: Self.passwords, lockout: Self.lockout, limits: Self.limits)
        var requests: [ApprovalRequest] = []
        for row in tables[.request] ?? [] { requests.append(try ApprovalRequest(keptIn: row)) }
        approvals = ApprovalBook(rules: FourEyesRules(approvers: house.approvers), restoring: requests)
        for row in tables[.words] ?? [] {
            guard let id = ApprovalID(bytes: row.key) else { throw EncodingError("has words of no request") }
            words[id] = try row.read { (reader) throws(EncodingError) in try reader.countedString() }
        }
        for row in tables[.credential] ?? [] {
            let own = try Credentials(keptIn: row)
            credentials[own.person] = own
        }
        for row in tables[.authenticator] ?? [] {
            let (factor, secret) = try factors.take(row)
            secrets[factor] = secret
        }
        for row in tables[.session] ?? [] { try sessions.take(row) }
        for row in tables[.signingPeriod] ?? [] { try signing.take(row) }
        signers = try SignerBook(keptIn: rows)
        for row in tables[.signature] ?? [] {
            let line = try SignatureBook.Line(keptIn: row)
            signatures.lines[line.id] = line
        }
        for row in tables[.proof] ?? [] {
            guard let person = PersonID(bytes: row.key) else { throw EncodingError("has a proof of nobody") }
            proofs[person] = try IdentityProof(keptIn: row)
        }
        for row in tables[.note] ?? [] {
            if row.key == KeptProvider.key { provider = try KeptProvider(keptIn: row) }
            if row.key == LinkBook.key { links = try LinkBook(keptIn: row) }
            if row.key == AdoptedStrategy.key { strategy = try AdoptedStrategy(keptIn: row) }
            if row.key == AlarmBook.key { alarms = try AlarmBook(keptIn: row) }
            if row.key == CredentialBook.testsKey { try credentials.takeTests(row) }
            if row.key == AgencyLetter.key { letter = try AgencyLetter(keptIn: row) }
        }
    }
}

extension House {
    fileprivate var row: KeptRow {
        KeptRow(.note, Array("house".utf8)) { writer in
            writer.varint(approvers)
            writer.list(duties.map(\.rawValue).sorted()) { $0.counted($1) }
            writer.time(founded)
        }
    }

    fileprivate init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            let approvers = try reader.varint()
            guard (1...100).contains(approvers) else { throw EncodingError("has a number of approvers that is none") }
            let duties: [HostDuty] = try reader.list { (reader) throws(EncodingError) in
                try reader.word { HostDuty(rawValue: $0) }
            }
            return House(approvers: Int(approvers), duties: Set(duties), founded: try reader.time())
        }
    }
}
