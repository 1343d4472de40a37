import ArgumentParser
import Audit
import Primitives
import TransparencyLog

/// Which log is read: this host's, or one in a folder.
struct AuditLogOptions: ParsableArguments {
    @Option(
        name: .long, help: ArgumentHelp("A log's folder, as in an export. Default: this host's log.", valueName: "dir"),
        completion: .directory)
    var log: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Whose signatures count (C2SP tlog-policy). Default: this host's keys.", valueName: "file"),
        completion: .file())
    var policy: String?

    func validate() throws {
        guard log == nil || policy != nil else {
            throw ValidationError("--log takes --policy: a log cannot say itself by whom it has to be signed.")
        }
    }

    func book(_ session: Session) throws -> AuditBook {
        let policy = try policy.map(session.trustPolicy)
        guard let log, let policy else { return try AuditBook(session.auditPlace, policy: policy) }
        return try AuditBook(exported: try session.text(try session.absolute(log)), policy: policy)
    }
}
