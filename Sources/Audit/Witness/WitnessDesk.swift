import Glibc
import Primitives
import TransparencyLog

/// This host as a witness of others' audit logs (C2SP tlog-witness): it signs what a log says of itself only if that goes on from what it signed before, and remembers that first.
package struct WitnessDesk: Sendable {
    private let folder: String
    private let clock: WallClock
    private let patience: Duration

    /// `state`: of this host, an absolute path.
    package init(state: String, clock: WallClock, patience: Duration = .seconds(30)) {
        (folder, self.clock, self.patience) = (state + "/audit-witness", clock, patience)
    }

    private var key: String { folder + "/key" }
    private var logFolder: String { folder + "/logs" }
    private func file(_ origin: NoteName) -> String { logFolder + "/" + KnownLog.file(origin) }

    /// Makes the keys, once. Returns the public ones.
    package func begin(named name: String?) throws -> [VerifierKey] {
        try LocalFile.makeDirectories(logFolder)
        return try locked {
            if let known = try WitnessKey.read(key) { throw WitnessFailure.exists(known.name) }
            guard let made = WitnessKey.make(named: name) else { throw WitnessFailure.badName(name ?? "") }
            try made.save(key)
            return try made.signer().verifierKeys
        }
    }

    package var isBegun: Bool { access(key, F_OK) == 0 }

    /// Throws `usage` where this host is no witness.
    package func keys() throws -> [VerifierKey] { try signer().verifierKeys }

    private func signer() throws -> NoteSigner {
        guard let key = try WitnessKey.read(key) else { throw WitnessFailure.missing }
        return try key.signer()
    }

    /// From now on the log of this policy is cosigned. One that is known already stays as it is known.
    package func add(_ policy: TrustPolicy) throws -> KnownLog {
        guard isBegun else { throw WitnessFailure.missing }
        guard let log = KnownLog(policy) else { throw WitnessFailure.severalLogs }
        return try locked {
            guard let known = try read(log.origin) else {
                try LocalFile.write(log.bytes, to: file(log.origin))
                return log
            }
            guard known.keys == log.keys else { throw WitnessFailure.otherKeys(known) }
            return known
        }
    }

    /// All that are known, by name.
    package func logs() throws -> [KnownLog] {
        guard isBegun else { throw WitnessFailure.missing }
        return try LocalFile.names(in: logFolder).filter { $0.utf8.count == 32 }.map { try read(logFolder + "/" + $0) }
            .sorted { $0.origin.description < $1.origin.description }
    }

    /// Nil where the log is not known.
    package func log(_ origin: NoteName) throws -> KnownLog? { try read(origin) }

    private func read(_ origin: NoteName) throws -> KnownLog? {
        access(file(origin), F_OK) == 0 ? try read(file(origin)) : nil
    }

    private func read(_ path: String) throws -> KnownLog {
        guard let bytes = try LocalFile.read(path, limit: 2 << 20, followingLinks: false), let log = KnownLog(bytes),
            file(log.origin) == path
        else { throw WitnessFailure.unusable(path, "is not what this witness wrote there") }
        return log
    }

    /// Answers the body of an add-checkpoint request. A log of ours has to bear both of its signatures.
    package func answer(_ body: [UInt8]) throws -> AddCheckpoint.Response {
        let signer = try signer()
        var keys: [VerifierKey] = []
        if let request = try? AddCheckpoint(parsing: body),
            let checkpoint = try? Checkpoint(parsing: request.checkpoint.text), let log = try read(checkpoint.origin)
        {
            guard log.isSigned(request.checkpoint) else { return AddCheckpoint.Response(status: 403) }
            keys = log.keys
        }
        let memory = Witness.Memory(
            latest: { try read($0)?.tree ?? .empty },
            replace: { origin, expected, next in
                try locked {
                    guard let known = try read(origin), known.tree == expected else { return false }
                    try LocalFile.write(known.grown(to: next).bytes, to: file(origin))
                    return true
                }
            })
        let witness = Witness(signer: signer, logs: keys, memory: memory, clock: clock)
        return try witness.answer(body)
    }

    private func locked<R>(_ body: () throws -> R) throws -> R {
        let lock = try TrailLock(at: folder + "/lock", patience: patience)
        defer { lock.release() }
        return try body()
    }
}
