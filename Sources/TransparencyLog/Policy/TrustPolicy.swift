import Primitives

/// Whom somebody believes who reads checkpoints and proofs: logs, witnesses, and how many of those it takes (C2SP tlog-policy).
///
/// A log's own ML-DSA-65 key is a witness in it: so a quorum can demand both of a log's signatures, which the rule for logs ("any one of them") cannot.
package struct TrustPolicy: Sendable, Equatable {
    /// A name within the file: bytes, which are compared as such.
    package typealias Name = [UInt8]

    package struct Log: Sendable, Equatable {
        package var key: VerifierKey
        package var url: [UInt8]?
    }

    package struct Witness: Sendable, Equatable {
        package var name: Name
        package var key: VerifierKey
        package var url: [UInt8]?
    }

    package struct Group: Sendable, Equatable {
        package var name: Name
        package var threshold: Int
        /// Witnesses and groups before this one.
        package var members: [Name]
    }

    package internal(set) var logs: [Log] = []
    package internal(set) var witnesses: [Witness] = []
    package internal(set) var groups: [Group] = []
    /// Nil: no witness is asked for.
    package internal(set) var quorum: Name?

    init() {}

    /// What a note says if it bears the signatures that it has to.
    package func verified(_ note: SignedNote) throws -> (checkpoint: Checkpoint, signatures: [VerifiedSignature]) {
        let checkpoint = try Checkpoint.claimed(by: note)
        let ours = logs.map(\.key).filter { $0.name == checkpoint.origin }
        guard !ours.isEmpty else { throw LogProblem.otherLog(checkpoint.origin.description) }
        let signatures = try note.verified(by: ours + witnesses.map(\.key))
        guard signatures.contains(where: { ours.contains($0.key) }) else {
            throw LogProblem.unsigned("bears no signature of a trusted key of the log")
        }
        let seen = witnesses.filter { witness in signatures.contains { $0.key == witness.key } }.map(\.name)
        guard isQuorum(Set(seen)) else {
            throw LogProblem.unsigned("bears the signatures of \(seen.count) witnesses, which are not enough")
        }
        return (checkpoint, signatures)
    }

    /// Whether these witnesses are enough.
    package func isQuorum(_ cosigned: Set<Name>) -> Bool {
        guard let quorum else { return true }
        // A group's members stand before it, so that all of them are decided by then.
        var witnessed = cosigned.intersection(witnesses.map(\.name))
        for group in groups where group.members.count(where: witnessed.contains) >= group.threshold {
            witnessed.insert(group.name)
        }
        return witnessed.contains(quorum)
    }
}

extension Checkpoint {
    /// What a note says, whoever signed it.
    static func claimed(by note: SignedNote) throws(LogProblem) -> Checkpoint {
        do {
            return try Checkpoint(parsing: note.text)
        } catch {
            throw .unsigned(error.problem)
        }
    }
}
