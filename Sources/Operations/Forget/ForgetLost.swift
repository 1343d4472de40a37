import Identity
import Primitives
import RepositoryEngine

/// Gives up a snapshot whose object is gone or damaged: as long as its number is not dropped, it might need anything, and nothing is
/// collected.
package enum ForgetLost {
    package struct Summary: Sendable {
        package var id: Digest32
        package var writer: WriterID
        package var writerHost: String
        package var sequence: UInt64
        /// When it was committed, where that is known.
        package var time: Timestamp?
        package var plan: Digest32

        /// What others agree to.
        package func grave(_ repository: Repository) -> GravePlan {
            GravePlan(
                .dropSnapshots,
                lines: [
                    "in repository \(repository.id.hex)",
                    "give up \(id.hex), which is lost: number \(sequence) of \(JSON.text(writerHost).encoded)",
                ])
        }
    }

    /// What `run` would drop. Needs no key.
    package static func plan(permit: consuming Permit<InspectAction>, repository: Repository, named text: String)
        throws -> Summary
    {
        Summary(try find(text, in: repository), repository)
    }

    /// Signs a drop record with the digest that the writer's other records tell.
    package static func run(
        permit: consuming Permit<ForgetAction>, authority: KeyAuthority, named text: String,
        leave: (GravePlan) throws -> Leave
    ) throws -> Summary {
        let session = try authority.open()
        let lost = try find(text, in: session.repository)
        let grave = Summary(lost, session.repository).grave(session.repository)
        try leave(grave).require(.dropSnapshots, plan: grave.digest)
        try session.administration.drop(lost, at: authority.clock.now())
        return Summary(lost, session.repository)
    }

    private static func find(_ text: String, in repository: Repository) throws -> LostSnapshot {
        guard case .sequence(let prefix, let sequence) = try? SnapshotSelector(text), sequence > 0 else {
            throw Failure(
                .usage, "'\(text)' does not name a lost snapshot.",
                advice: "Give WRITER/NUMBER, as 'safehold verify' tells it.")
        }
        let writers = repository.keyring.writers.keys.filter { $0.hex.hasPrefix(prefix) }
        guard let writer = writers.first, writers.count == 1 else {
            throw Failure(
                .usage, "\(writers.count) writers have an id that begins with \(prefix).",
                advice: "'safehold keys' lists them; give more digits.")
        }
        return try LostSnapshot(writer, sequence, in: repository)
    }
}

extension ForgetLost.Summary {
    fileprivate init(_ lost: LostSnapshot, _ repository: Repository) {
        (id, writer, sequence, time, plan) = (lost.digest, lost.writer, lost.sequence, lost.committed, lost.plan)
        writerHost = repository.keyring.writers[lost.writer]?.host ?? ""
    }
}
