import CLinux
import Catalog
import Glibc
import Identity
import Primitives
import Sealing

/// Where this host's directory of persons is kept: its rows in the catalog, and beside it the host's key and a note of the newest state.
///
/// Each decision is one transaction. A catalog that is not the newest one is noticed, and then nobody is let in.
package struct IdentityKeeping: Sendable {
    let state: HostState
    let clock: HostClock
    package let user: String
    /// Where the session of whoever runs the program is kept.
    package let sessionFile: String
    /// Where the credential of the service is that runs the program; nil where a person does.
    let serviceFile: String?
    private let connection: IdentityConnection

    package init(
        state: HostState, user: String, sessionFile: String? = nil, serviceFile: String? = nil,
        clock: HostClock = .system,
        connection: IdentityConnection = IdentityConnection()
    ) {
        (self.state, self.user, self.clock, self.connection) = (state, user, clock, connection)
        self.serviceFile = serviceFile
        self.sessionFile = sessionFile ?? state.root + "/sessions/" + String(getuid())
    }

    package var folder: String { state.root + "/identity" }
    private var keyPath: String { folder + "/key" }
    private var notePath: String { folder + "/newest" }

    /// Whether there is a directory of persons. Throws `identity-behind` where there was one.
    package func isFounded() throws -> Bool {
        if access(keyPath, F_OK) == 0 || access(notePath, F_OK) == 0 { return true }
        guard access(CatalogPlace.path(state), F_OK) == 0 else { return false }
        do {
            guard try connection.mayHaveDirectory(state) else { return false }
        } catch let failure as Failure where failure.code == .catalogDamaged {
            // Nothing beside it says that there was one, and nobody can tell from it.
            return false
        }
        throw behind("the catalog has a directory of persons, and \(folder) is not there")
    }

    /// Takes one decision: what is kept is read, changed and written with nobody in between, also where the decision is a refusal.
    package func decide<Value: ~Copyable>(
        _ body: (inout IdentityState, borrowing HostKey, Moment) throws -> Value
    ) throws -> Value {
        let lock = try locked()
        defer { close(lock) }
        let key = try key()
        var decided: Value?
        var refused: (any Error)?
        var written: IdentityVersion?
        let reading = try clock.reading()
        try catalog().changeIdentity { kept in
            var (identity, version) = try load(kept, key)
            let now = identity.moment(reading)
            do { decided = try body(&identity, key, now) } catch { refused = error }
            let rows = identity.rows
            let next = IdentityVersion(
                number: version.number + 1, seal: key.seal(rows, version: version.number + 1), before: version.seal)
            written = next
            return (next, rows.map { IdentityRow(table: $0.table.rawValue, key: $0.key, bytes: $0.bytes) })
        }
        if let written { try note(written) }
        if let refused { throw refused.asIdentityFailure }
        guard let value = decided.take() else { throw behind("nothing was decided") }
        return value
    }

    /// Looks, and changes nothing.
    package func look<Value: ~Copyable>(
        _ body: (IdentityState, borrowing HostKey, Moment) throws -> Value
    ) throws -> Value {
        let key = try key()
        // The note may be about to follow a change that was made just now.
        let lock = try locked()
        defer { close(lock) }
        var (identity, _) = try load(try catalog().identity(), key)
        let now = identity.moment(try clock.reading())
        do { return try body(identity, key, now) } catch { throw error.asIdentityFailure }
    }

    /// Throws `identity-behind` where nobody is let in.
    package func check() throws { try look { _, _, _ in } }

    /// Begins. Throws `directory-exists` where there is a directory.
    package func found<Value: ~Copyable>(
        _ make: (borrowing HostKey, ClockReading) throws -> IdentityState,
        _ body: (inout IdentityState, borrowing HostKey, Moment) throws -> Value
    ) throws -> Value {
        guard try !isFounded() else { throw Self.exists }
        try LocalFile.makeDirectories(folder)
        let lock = try locked()
        defer { close(lock) }
        guard try !isFounded() else { throw Self.exists }
        let key = try HostKey.random()
        let reading = try clock.reading()
        var identity: IdentityState
        let value: Value
        do {
            identity = try make(key, reading)
            let now = identity.moment(reading)
            value = try body(&identity, key, now)
        } catch {
            throw error.asIdentityFailure
        }
        let rows = identity.rows
        let version = IdentityVersion(number: 1, seal: key.seal(rows, version: 1), before: .zero)
        let catalog = try CatalogPlace.open(state)
        // The key first: without it the rows are worth nothing, and without the rows the key is in nobody's way.
        try key.bytes().withUnsafeBytes { try LocalFile.write(Array($0), to: keyPath) }
        do {
            try catalog.changeIdentity { kept in
                guard kept == nil else { throw Self.exists }
                return (version, rows.map { IdentityRow(table: $0.table.rawValue, key: $0.key, bytes: $0.bytes) })
            }
        } catch {
            _ = LocalFile.remove(keyPath)
            throw error
        }
        try note(version)
        return value
    }

    private static var exists: Failure {
        Failure(
            .directoryExists, "This host has a directory of persons already.",
            advice: "'safehold users add' takes somebody in; 'safehold whoami' shows how things stand.")
    }
}

// How the catalog is held against what is beside it.
extension IdentityKeeping {
    private func load(
        _ kept: (version: IdentityVersion, rows: [IdentityRow])?, _ key: borrowing HostKey
    ) throws -> (IdentityState, IdentityVersion) {
        guard let (version, rows) = kept else { throw behind("the catalog has no directory of persons") }
        let mine = rows.compactMap { row in
            KeptRow.Table(rawValue: row.table).map { KeptRow($0, key: row.key, bytes: row.bytes) }
        }
        guard key.seal(mine, version: version.number) == version.seal else {
            throw behind("the catalog's directory of persons is not as this host wrote it")
        }
        let note = try noted()
        // A program that was ended between the two is one step ahead.
        let isNewest = note.number == version.number && note.seal == version.seal
        let isNext = note.number + 1 == version.number && note.seal == version.before
        guard isNewest || isNext else {
            throw behind("the catalog is at change \(version.number), and this host has seen change \(note.number)")
        }
        if isNext { try self.note(version) }
        do {
            return (try IdentityState(keptIn: mine), version)
        } catch {
            throw behind("the catalog's directory of persons \(error.problem)")
        }
    }

    private func catalog() throws -> CatalogDatabase {
        do {
            return try connection.catalog(state)
        } catch let failure as Failure where failure.code == .catalogDamaged {
            throw behind("the catalog is damaged")
        }
    }

    private func key() throws -> HostKey {
        guard var bytes = try LocalFile.read(keyPath, limit: 1024) else {
            guard try isFounded() else {
                throw Failure(
                    .directoryMissing, "This host has no directory of persons.",
                    advice: "'safehold users found' begins one.")
            }
            throw behind("\(keyPath) is not there")
        }
        do {
            return try HostKey(SecretBytes(consuming: &bytes))
        } catch {
            throw behind("\(keyPath) \(error.problem)")
        }
    }

    private func noted() throws -> (number: UInt64, seal: Digest32) {
        let text = String(decoding: try LocalFile.read(notePath, limit: 1024) ?? [], as: UTF8.self)
        let words = text.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard words.count == 2, let number = UInt64(words[0]), let seal = Digest32(hex: words[1]) else {
            throw behind("\(notePath) does not say how far it has come")
        }
        return (number, seal)
    }

    private func note(_ version: IdentityVersion) throws {
        try LocalFile.write(Array("\(version.number) \(version.seal.hex)\n".utf8), to: notePath)
    }

    private func locked() throws -> Int32 {
        let lock = Glibc.open(folder + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0 else { throw LocalFile.unusable(errno, "open", folder + "/lock") }
        _ = sh_lock(lock)
        return lock
    }

    private func behind(_ why: String) -> Failure {
        Failure(
            .identityBehind, "Nobody is let in: \(why).",
            advice:
                "Put the newest copies of \(CatalogPlace.path(state)) and \(folder) back together. If there are none, whoever administers this host removes both and founds the directory anew (docs/identity.md)."
        )
    }
}

extension Error {
    /// What people are told of a refusal; everything else as it is.
    var asIdentityFailure: any Error {
        switch self {
        case let refusal as Refusal: refusal.failure
        case let refusal as DirectoryRefusal: refusal.failure
        case let refusal as ServiceRefusal: refusal.failure
        case let refusal as ApprovalRefusal: refusal.failure
        case let refusal as SigningRefusal: refusal.failure
        case let refusal as SingleSignOnRefusal: refusal.failure
        case let complaint as PasswordComplaint: complaint.failure
        default: self
        }
    }
}
