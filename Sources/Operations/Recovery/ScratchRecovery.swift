import CLinux
import Capture
import Glibc
import Identity
import Primitives
import Strategy

/// A recovery that is tried: in scratch space, by a server of our own, of which nothing is left behind.
struct ScratchRecovery {
    let opened: OpenedRepository
    let base: StoredBaseBackup
    let request: RecoveryRequest

    /// The longest path of a socket, with the zero at its end (unix(7)).
    private static let longestSocket = 108

    /// Throws where the server does not come to the target, or what is there cannot be read.
    func run(
        permit: () throws -> Permit<RestoreAction>, surroundings: Surroundings, observer: any OperationObserver
    ) throws -> RecoveryProof {
        guard geteuid() != 0 else {
            throw Failure(
                .usage, "PostgreSQL does not run as root, so no server can be started to verify the recovery.",
                advice:
                    "Run the command as the user of the server, who has to be able to read the key: runuser -u postgres -- safehold restore …"
            )
        }
        try checkRoom(surroundings.scratch)
        let folder = try ScratchFolder(below: surroundings.scratch)
        defer { folder.remove() }
        var scratch = request
        (scratch.directory, scratch.isInPlace) = (folder.path + "/data", false)
        scratch.mappings = base.facts.tablespaces.map {
            TablespaceMapping(origin: .oid($0.oid), target: "\(folder.path)/\($0.oid)")
        }
        let site = try RecoverySite(folder.path + "/data", scratch, base)
        let settings = request.settings(action: .pause, of: base.facts.systemIdentifier)
        _ = try RecoveryWriting(opened: opened, base: base, site: site, observer: observer).run(
            permit: permit, settings: settings, waitsForMedium: false)
        // What the server was told otherwise is not for this one: whom it follows, what it loads, where it archives.
        try LocalFile.write(Array(settings.block.utf8), to: folder.path + "/data/postgresql.auto.conf")
        try LocalFile.makeDirectories(folder.path + "/run")
        var trial = RecoveryTrial(
            dataDirectory: folder.path + "/data", folder: folder.path + "/run", major: base.facts.majorVersion,
            programs: request.programs, hasTarget: request.target != .end)
        trial.mayTargetLieBefore = request.target.mayLieAnywhere
        do {
            let proof = try surroundings.tryRecovery(trial, { observer.isCancelled })
            guard let proof else { throw Failure.interrupted }
            return proof
        } catch let failure as StreamFailure {
            throw Self.failure(failure, request)
        }
    }

    private static func failure(_ failure: StreamFailure, _ request: RecoveryRequest) -> Failure {
        let code: Failure.Code =
            switch failure.kind {
            case .failed, .missing, .misconfigured, .slotMissing, .logRemoved: .recoveryFailed
            case .toolMissing: .toolMissing
            case .unreachable: .recoveryTargetUnreachable
            case .denied: .databaseDenied
            }
        return Failure(
            code,
            "The recovery of '\(request.component)' to \(request.target.words) was tried and failed: \(failure.message)",
            advice: failure.advice)
    }

    private func checkRoom(_ scratch: String) throws {
        let wanted = base.summary.details?.contentBytes ?? 0
        let free = sh_free_bytes(scratch)
        guard free < 0 || UInt64(free) > wanted else {
            throw Failure(
                .storageFull,
                "The recovery cannot be tried: it takes \(Wording.size(wanted)), and \(scratch) has \(Wording.size(UInt64(free))) left.",
                advice: "Make room there, or name another directory with TMPDIR.")
        }
        guard scratch.utf8.count + "/safehold-recovery-XXXXXX/run/.s.PGSQL.5432".utf8.count < Self.longestSocket else {
            throw Failure(
                .usage, "The path of the scratch space, \(scratch), is too long for a server's socket.",
                advice: "Name a directory with a shorter path with TMPDIR.")
        }
    }
}
