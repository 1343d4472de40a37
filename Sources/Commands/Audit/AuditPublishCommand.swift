import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import TransparencyLog

struct AuditPublishCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "publish",
        abstract: "Put the log and its checkpoint into the repository, out of reach of whoever controls this host.",
        discussion: """
            The entries are sealed to those who open backups of this host. A checkpoint says how many there are and has their root, signed; it
            names nobody and nothing. Where one is kept, a log that
            was cut off, put back to an older state or goes on in another way does not go on from it, and 'audit verify' says so. The
            daemon does it by itself, once an hour at most, where it wrote. Takes no key.

              safehold audit publish
              safehold audit verify --repository /mnt/backup/safehold
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { session.act("audit-publish", .add, in: repositoryOptions) }

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(ReplicateAction.self, in: repositoryOptions)
        let repository = try session.repository(repositoryOptions)
        let book = try AuditBook(session.auditPlace)
        let domain = try AuditCopies.domain(of: session.surroundings.hostState, in: repository)
        if domain == nil {
            session.output.warning(
                "The entries are not put there: this host is no writer of the repository, which has several domains to seal them to."
            )
        }
        try AuditCopies.put(
            permit: permit, book, into: repository, domain: domain, clock: session.surroundings.clock)
        if session.output.json {
            session.output.record("audit-checkpoint") { object in
                object.set("log", book.reader.checkpoint.origin.description)
                object.set("entries", book.tree.size)
                object.set("root", book.tree.root.hex)
            }
        } else if !session.output.quiet {
            session.output.line(
                "The log up to its checkpoint over \(Text.counted(book.tree.size, "entry", "entries")) is in the repository."
            )
        }
        return .done
    }
}
