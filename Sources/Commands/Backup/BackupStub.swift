import Operations
import Primitives

extension Backup {
    static func run(
        permit: consuming Permit<BackupAction>, repository: OpenRepository, host: HostState, options: BackupOptions,
        observer: any OperationObserver
    ) throws -> BackupSummary {
        throw Failure(.internalError, "Backups are not built in yet.", advice: "Wait for the merge.")
    }
}
