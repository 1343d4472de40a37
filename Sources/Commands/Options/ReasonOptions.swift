import ArgumentParser
import Operations
import Primitives

/// Why something is done, for the audit log.
struct ReasonOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Why, for the audit log.", valueName: "text"))
    var reason: String?

    static let longest = 1000

    func validate() throws {
        guard let reason else { return }
        guard !reason.allSatisfy(\.isWhitespace), reason.utf8.count <= Self.longest else {
            throw ValidationError("--reason takes a text of 1 to \(Self.longest) bytes.")
        }
    }
}

/// A command that says why as soon as persons act, and not whoever runs the program (21 CFR 11.10(e)).
protocol ReasonedVerb: Verb {
    var reasonOptions: ReasonOptions { get }
    /// False for what only says what would be done.
    var isReasonDemanded: Bool { get }
    /// Whether it is demanded of the owner as well, where there is no directory of persons.
    var isReasonAlwaysDemanded: Bool { get }
}

extension ReasonedVerb {
    var isReasonDemanded: Bool { true }
    var isReasonAlwaysDemanded: Bool { false }

    /// Throws `audit-reason-missing`.
    func requireReason(_ session: Session) throws {
        guard isReasonDemanded, reasonOptions.reason == nil else { return }
        guard try isReasonAlwaysDemanded || session.surroundings.identity.isFounded() else { return }
        let why = isReasonAlwaysDemanded ? "What this does cannot be undone" : "This host has a directory of persons"
        throw Failure(
            .auditReasonMissing, "\(why), so the audit log has to say why this is done.",
            advice: "Pass --reason TEXT. Nothing was done.")
    }
}
