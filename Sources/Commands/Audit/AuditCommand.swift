import ArgumentParser
import Audit
import Operations
import Primitives
import TransparencyLog

struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Who did what: the log of everything that was done here, and proof that it is whole.",
        discussion: """
            Whatever a command or the daemon does is written into a log before it is begun, with who, on what and why, and how it ended when
            it is over; what cannot be written down is not done. The log can only grow: what was cut off, altered or replaced is noticed,
            also by people who have no program of ours (docs/audit-log.md).

              safehold audit log
              safehold audit search --person anna --act keys --since 2026-01-01
              safehold audit verify --against /mnt/auditor/checkpoint
              safehold audit export --to /mnt/auditor/2026
            """,
        subcommands: [
            AuditLogCommand.self, AuditShowCommand.self, AuditSearchCommand.self, AuditVerifyCommand.self,
            AuditProveCommand.self, AuditExportCommand.self, AuditPublishCommand.self, AuditRestartCommand.self,
            AuditWitnessCommand.self,
        ])
}

extension Session {
    var auditPlace: AuditPlace { AuditPlace(state: surroundings.hostState.root) }

    func trustPolicy(_ file: String) throws -> TrustPolicy {
        let path = try text(try absolute(file))
        let bytes = try NamedFile.read(path, .usage)
        do {
            return try TrustPolicy(parsing: bytes)
        } catch {
            throw Failure(
                .usage, "\(path) is no policy: it \(error.problem).",
                advice: "Give the file 'policy' of an export, or one as C2SP's tlog-policy describes.")
        }
    }
}
