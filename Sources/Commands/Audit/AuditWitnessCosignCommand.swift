import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import TransparencyLog

struct AuditWitnessCosignCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "cosign",
        abstract: "Sign what goes on from what was signed before, in a repository or as a request asks.",
        discussion: """
            In a repository, the newest checkpoint of each log that this witness knows is signed and put beside it, if what 'audit publish'
            left there shows that it goes on from the one before. What was cut off, put back or went on in another way is a finding and is
            not signed. With --request, the answer to one request (C2SP tlog-witness, add-checkpoint) is printed: the lines belong below
            the checkpoint.

              safehold audit witness cosign --repository /mnt/backup/safehold
              safehold audit witness cosign --request ward-7.request > ward-7.lines
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions

    @Option(name: .long, help: ArgumentHelp("A request in a file.", valueName: "file"), completion: .file())
    var request: String?

    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard request == nil || repositoryOptions.repository == nil else {
            throw ValidationError("--request and --repository do not go together.")
        }
    }

    func act(_ session: Session) -> Audit.Act? {
        session.act(
            "audit-witness-cosign", .add, in: request == nil ? repositoryOptions : nil,
            on: [session.object(.target, at: request)])
    }

    func run(_ session: Session) throws -> Outcome {
        if let request { return try answer(request, session) }
        let (witness, repository) = (session.witness, try session.repository(repositoryOptions))
        var outcome = Outcome.done
        for log in try witness.logs() {
            do {
                try cosign(log, by: witness, in: repository, session)
            } catch let failure as Failure where failure.code.class == .integrity {
                session.output.found(failure)
                outcome = .damaged
            }
        }
        return outcome
    }

    private func cosign(
        _ log: KnownLog, by witness: WitnessDesk, in repository: OpenRepository, _ session: Session
    ) throws {
        session.record?.note([ActObject(.log, log.origin.description)])
        let cosigned = try AuditCopies.cosign(
            permit: try session.permit(ReplicateAction.self), log, by: witness, in: repository,
            clock: session.surroundings.clock)
        guard let cosigned else {
            return session.show(log.origin, log.tree, "absent", "and none of it is in the repository")
        }
        let isNew = cosigned.note != nil
        session.show(
            log.origin, cosigned.tree, isNew ? "cosigned" : "unchanged", isNew ? "signed now" : "signed before")
    }

    private func answer(_ request: String, _ session: Session) throws -> Outcome {
        _ = try session.permit(ReplicateAction.self)
        let path = try session.text(try session.absolute(request))
        let response = try session.witness.answer(try NamedFile.read(path, .usage))
        guard response.status == 200 else { throw Self.refusal(response, path) }
        if session.output.json {
            let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n").map(String.init)
            session.output.record("audit-cosignature") { $0.set("lines", lines) }
        } else {
            session.output.bytes(response.body)
        }
        return .done
    }

    private static func refusal(_ response: AddCheckpoint.Response, _ path: String) -> Failure {
        let text = String(decoding: response.body, as: UTF8.self).filter { $0 != "\n" }
        return switch response.status {
        case 404:
            Failure(
                .usage, "\(path) is for a log that this witness does not know.",
                advice: "'safehold audit witness add --policy FILE' makes it known.")
        case 403:
            Failure(
                .signatureInvalid, "The checkpoint in \(path) does not bear the log's signatures.",
                advice: "Nothing was signed. Ask for the request once more, and find out who made this one.")
        case 409:
            Failure(
                .usage, "\(path) does not begin with the \(text) entries that this witness signed last.",
                advice:
                    "Make it with 'safehold audit witness request --from \(text)' on the log's host. If the log has fewer, it was put back."
            )
        case 422:
            Failure(
                .auditForked, "\(path) does not show that the log goes on from what this witness signed.",
                advice:
                    "Nothing was signed. Keep the file: it bears the log's signatures and is evidence of a second past."
            )
        default:
            Failure(
                .usage, "\(path) is no request.",
                advice: "'safehold audit witness request' on the log's host makes one.")
        }
    }
}
