import Glibc
import Identity
import Primitives
import Sealing
import Strategy

/// Electronic signatures (21 CFR 11.50 to 11.200), as somebody makes them and anybody verifies them.
package enum Signing {
    /// The whole of a record that is signed; more is not read.
    package static let limit = 1 << 30

    /// What somebody is about to sign, with what he is shown before.
    package struct Draft: Sendable {
        package var signing: SigningDraft
        /// What the record is of: a component, or nothing in particular.
        package var target = Target.everything
        /// The lines that he is shown.
        package var lines: [String]
        /// What he has to show.
        package var components: Set<SigningComponent>
    }

    package struct Record: Sendable {
        package var kind = "file"
        package var file: String
        package var id: String
        package var version: UInt64
        package var mediaType: String
        package var meaning: SignatureMeaning
        package var statement: String
        package var target: Target

        package init(
            file: String, id: String, version: UInt64, mediaType: String, meaning: SignatureMeaning, statement: String,
            of target: Target = .everything
        ) {
            (self.file, self.id, self.version, self.target) = (file, id, version, target)
            (self.mediaType, self.meaning, self.statement) = (mediaType, meaning, statement)
        }
    }

    /// Reads what is to be signed, and says what it takes. `zone` is the signer's, as the tz database names it.
    package static func draft(_ record: Record, zone: String, keeping: IdentityKeeping, clock: WallClock) throws
        -> Draft
    {
        try draft(record, content: try content(record.file), zone: zone, keeping: keeping, clock: clock)
    }

    /// That whoever is signed in is accountable for what he signs. `file` is where the statement goes.
    package static func accountability(file: String, zone: String, keeping: IdentityKeeping, clock: WallClock) throws
        -> Draft
    {
        let token = try keeping.token()
        let actor = try keeping.look { state, key, now in
            var state = state
            return state.visitor(with: token, at: try keeping.doorstep(key), now: now)
        }
        guard let person = actor?.person else { throw SessionEnd.unknown.failure }
        var record = Record(
            file: file, id: person.hex, version: AccountabilityStatement.version,
            mediaType: AccountabilityStatement.mediaType, meaning: .responsibility,
            statement: AccountabilityStatement.text.split(separator: "\n").joined(separator: " "), of: .anything)
        record.kind = AccountabilityStatement.kind
        return try draft(
            record, content: Array(AccountabilityStatement.text.utf8), zone: zone, keeping: keeping, clock: clock)
    }

    private static func draft(
        _ record: Record, content: [UInt8], zone: String, keeping: IdentityKeeping, clock: WallClock
    ) throws -> Draft {
        let offset = Int(try TimeZones.rules(zone).offset(at: clock.now())) / 60
        guard let signerZone = SignerZone(name: zone, offset: offset) else {
            throw Failure(.usage, "'\(zone)' is no time zone.", advice: "Use a name such as 'Europe/Berlin' or 'UTC'.")
        }
        let version = RecordVersion(
            kind: record.kind, id: record.id, version: record.version, mediaType: record.mediaType, content: content)
        let lines = [
            "Record:    \(record.kind) \(record.id), version \(record.version), \(record.mediaType), \(content.count) bytes",
            "SHA-256:   \(version.digest.hex)", "Meaning:   \(record.meaning.rawValue)",
            "Statement: \(record.statement)",
        ]
        let rendering = SHA256Digest.of(Array(lines.joined(separator: "\n").utf8))
        let token = try keeping.token()
        let components = try keeping.decide { state, key, now in
            try state.components(with: token, at: try keeping.doorstep(key), now: now)
        }
        return Draft(
            signing: SigningDraft(
                record: version, meaning: record.meaning, statement: record.statement, rendering: rendering,
                zone: signerZone),
            target: record.target, lines: lines, components: components)
    }

    /// Signs what was drafted. `shown` has all that the draft asks for.
    package static func sign(
        permit: consuming Permit<SignAction>, _ draft: Draft, shown: borrowing Shown, keeping: IdentityKeeping
    ) throws -> ElectronicSignature {
        try permit.require(draft.target)
        let token = try keeping.token()
        return try keeping.decide { state, key, now in
            try state.sign(
                draft.signing, of: draft.target, shown: shown, token: token, key: key, at: try keeping.doorstep(key),
                now: now)
        }
    }

    /// The key that says whose signatures of this installation are. Throws `key-unreadable` before there is one.
    package static func authority(
        permit: consuming Permit<InspectAction>, keeping: IdentityKeeping
    ) throws -> HybridSignature.PublicKey {
        try authority(keeping: keeping)
    }

    /// As a verification takes it: it is no secret.
    package static func authority(keeping: IdentityKeeping) throws -> HybridSignature.PublicKey {
        guard let key = try keeping.look({ state, key, _ in try state.authority(key) }) else {
            throw noAuthority
        }
        return key
    }

    private static var noAuthority: Failure {
        Failure(
            .keyUnreadable, "Nobody has signed here yet, so there is no authority.",
            advice: "It begins with the first 'safehold sign'.")
    }

    /// The keys of this installation that nobody signs with any more, as it says them today.
    package static func withdrawn(
        permit: consuming Permit<InspectAction>, keeping: IdentityKeeping
    ) throws -> WithdrawnKeys {
        try withdrawn(keeping: keeping)
    }

    /// As a verification takes it: it is no secret.
    package static func withdrawn(keeping: IdentityKeeping) throws -> WithdrawnKeys {
        guard let list = try keeping.look({ state, key, now in try state.withdrawnKeys(key, now: now) }) else {
            throw noAuthority
        }
        return list
    }

    package static func save(_ list: WithdrawnKeys, to path: String) throws {
        try NamedFile.create(path, list.text, mode: 0o644)
    }

    /// Throws `key-unreadable` where it is no list, and where this authority has not made it.
    package static func withdrawn(file: String, under authority: HybridSignature.PublicKey) throws -> WithdrawnKeys {
        do {
            return try WithdrawnKeys(String(decoding: try NamedFile.read(file), as: UTF8.self), under: authority)
        } catch let error as EncodingError {
            throw Failure(
                .keyUnreadable, "\(file) \(error.problem).",
                advice: "'safehold signatures withdrawn --output FILE' writes it, on the host that has the authority.")
        }
    }

    /// What a verification has found; nothing is wrong where there are no problems.
    package struct Finding: Sendable {
        package var signature: ElectronicSignature
        package var authority: Digest32
        package var problems: [SignatureProblem]
        /// Up to when withdrawals are known; nil where no list was given.
        package var withdrawalsKnown: Timestamp?
    }

    /// Takes the file, its signature, the authority's key and its list of withdrawn ones, and nothing else: no server, no catalog.
    package static func verify(
        file: String, signatureFile: String, authority: HybridSignature.PublicKey, withdrawn: WithdrawnKeys? = nil
    ) throws -> Finding {
        let bytes = try NamedFile.read(signatureFile, .pathMissing)
        let signature: ElectronicSignature
        do {
            signature = try ElectronicSignature(decoding: bytes)
        } catch {
            throw Failure(
                .signatureInvalid, "\(signatureFile) \(error.problem).",
                advice: "Check that this is a signature of Safehold's.")
        }
        let problems = signature.problems(
            on: signature.record.record, content: try content(file), under: authority,
            withdrawn: withdrawn?.keys ?? [:])
        return Finding(
            signature: signature, authority: authority.fingerprint,
            problems: SignatureProblem.allCases.filter { problems.contains($0) },
            withdrawalsKnown: withdrawn?.made)
    }

    package static func authority(file: String) throws -> HybridSignature.PublicKey {
        let text = String(decoding: try NamedFile.read(file), as: UTF8.self)
        let line = text.split(separator: "\n").first { !$0.hasPrefix("#") }
        guard let line, let bytes = Hex.decode(line) else { throw unreadable(file) }
        do {
            return try HybridSignature.PublicKey(bytes: bytes)
        } catch {
            throw unreadable(file)
        }
    }

    package static func save(_ authority: HybridSignature.PublicKey, to path: String) throws {
        try NamedFile.create(
            path, "# Safehold signing authority \(authority.fingerprint.hex)\n\(Hex.encode(authority.bytes))\n",
            mode: 0o644)
    }

    package static func save(_ signature: ElectronicSignature, to path: String) throws {
        try requireRoom(path)
        try LocalFile.write(signature.encoded(), to: path, mode: 0o644)
    }

    package static func save(_ sheet: SignatureSheet, as form: SignatureSheet.Form, to path: String) throws {
        try requireRoom(path)
        try LocalFile.write(try sheet.bytes(form), to: path, mode: 0o644)
    }

    /// Throws where something is already. It is asked before anybody signs.
    package static func requireRoom(_ path: String) throws {
        guard access(path, F_OK) != 0 else {
            throw Failure(
                .targetUnusable, "\(path) is there already.",
                advice: "Nothing is overwritten: choose another name with --output.")
        }
    }

    private static func unreadable(_ file: String) -> Failure {
        Failure(
            .keyUnreadable, "\(file) is no key of a signing authority.",
            advice: "'safehold signatures authority --output FILE' writes it.")
    }

    private static func content(_ file: String) throws -> [UInt8] {
        guard let bytes = try LocalFile.read(file, limit: limit) else {
            throw Failure(.pathMissing, "There is no file \(file).", advice: "Check its name.")
        }
        return bytes
    }
}
