import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import TransparencyLog

struct AuditProveCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "prove",
        abstract: "Print what shows others that an entry is in the log, without the log.",
        discussion: """
            A C2SP tlog-proof: the entry's place, its path to the root, and the signed checkpoint. With the entry's bytes, as 'audit show'
            has them, and the policy of an export, everybody can verify it, in ten years as well.

              safehold audit prove 4711 > 4711.tlog-proof
            """)

    @Argument(help: ArgumentHelp("As 'safehold audit log' numbers them.", valueName: "entry"))
    var number: UInt64

    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        let book = try source.book(session)
        let proof = try book.proof(of: number)
        if session.output.json {
            let bytes = try book.entry(number)
            session.output.record("audit-proof") { object in
                object.set("entry", number)
                object.set("content", String(decoding: bytes, as: UTF8.self))
                object.set("proof", String(decoding: proof.bytes, as: UTF8.self))
            }
        } else {
            session.output.bytes(proof.bytes)
        }
        return .done
    }
}
