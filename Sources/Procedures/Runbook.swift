import Primitives

/// A procedure under way, as its journal has it: a value that follows from the entries alone, so that whoever has them goes on.
package struct Runbook: Sendable, Equatable {
    package enum Problem: Error, Sendable, Equatable {
        /// The journal begins otherwise than with a declaration, or declares twice.
        case undeclared
        /// It is over.
        case ended
        /// It is another step's turn.
        case outOfTurn(expected: String?)
        /// It is in another's hands.
        case notYours(String)
        /// What people do nobody does for them, and what the program does nobody signs for it.
        case wrongDoer
        /// Nothing is said where something has to be.
        case unsaid
    }

    package enum Outcome: Sendable, Equatable { case open, completed(Timestamp), aborted(Timestamp, reason: String) }

    package struct StepState: Sendable, Equatable {
        package enum Standing: Sendable, Equatable { case ahead, begun, done, failed(String), skipped(String) }
        package let step: RunbookStep
        package var standing = Standing.ahead
        package var by = ""
        package var began: Timestamp?
        package var ended: Timestamp?
        package var note = ""
        package var facts: [String: String] = [:]
        /// How often it was set about.
        package var attempts = 0
    }

    package let procedure: Procedure
    package let cause: String
    package let subjects: [String]
    package let declared: Timestamp
    package let known: Timestamp
    /// In whose hands it is.
    package private(set) var holder: String
    package private(set) var steps: [StepState]
    package private(set) var outcome = Outcome.open
    package private(set) var entries: [RunbookEntry]

    /// The one whose turn it is; nil when it is over.
    package var current: StepState? { outcome == .open ? steps.first { !$0.isOver } : nil }

    /// Throws `undeclared`, `unsaid`.
    package init(_ entry: RunbookEntry) throws(Problem) {
        guard case .declared(let procedure, let cause, let known, let subjects) = entry.what else {
            throw .undeclared
        }
        guard !cause.isEmpty, !entry.by.isEmpty else { throw .unsaid }
        (self.procedure, self.cause, self.known, self.subjects) = (procedure, cause, known, subjects)
        (declared, holder, entries) = (entry.at, entry.by, [entry])
        steps = procedure.steps.map { StepState(step: $0) }
    }

    /// Throws what is wrong with the first entry that cannot have come about.
    package init(replaying entries: [RunbookEntry]) throws(Problem) {
        guard let first = entries.first else { throw .undeclared }
        self = try Runbook(first)
        for entry in entries.dropFirst() { try append(entry) }
    }

    /// Takes one more entry, or throws and is as before.
    package mutating func append(_ entry: RunbookEntry) throws(Problem) {
        guard outcome == .open else { throw .ended }
        guard !entry.by.isEmpty else { throw .unsaid }
        if case .takenOver(let reason) = entry.what {
            guard !reason.isEmpty else { throw .unsaid }
            holder = entry.by
        } else {
            guard entry.by == holder else { throw .notYours(holder) }
            try take(entry)
        }
        entries.append(entry)
        if steps.allSatisfy(\.isOver), outcome == .open { outcome = .completed(entry.at) }
    }

    private mutating func take(_ entry: RunbookEntry) throws(Problem) {
        switch entry.what {
        case .declared: throw .undeclared
        case .begun(let id):
            let index = try turn(of: id)
            guard steps[index].step.doer == .program else { throw .wrongDoer }
            steps[index].begin(entry)
        case .done(let id, let note, let facts):
            let index = try turn(of: id)
            // Who signs off says what was done; what the program did it had begun.
            guard steps[index].step.doer == .people || steps[index].standing == .begun else { throw .wrongDoer }
            guard steps[index].step.doer == .program || !note.isEmpty else { throw .unsaid }
            steps[index].end(.done, entry)
            (steps[index].note, steps[index].facts) = (note, facts)
        case .failed(let id, let message):
            let index = try turn(of: id)
            guard steps[index].standing == .begun else { throw .outOfTurn(expected: id) }
            steps[index].end(.failed(message), entry)
        case .skipped(let id, let reason):
            let index = try turn(of: id)
            guard !reason.isEmpty else { throw .unsaid }
            steps[index].end(.skipped(reason), entry)
        case .handedOver(let to, _):
            guard !to.isEmpty else { throw .unsaid }
            holder = to
        case .takenOver: break
        case .aborted(let reason):
            guard !reason.isEmpty else { throw .unsaid }
            outcome = .aborted(entry.at, reason: reason)
        }
    }

    private func turn(of id: String) throws(Problem) -> Int {
        guard let index = steps.firstIndex(where: { !$0.isOver }), steps[index].step.id == id else {
            throw .outOfTurn(expected: current?.step.id)
        }
        return index
    }
}

extension Runbook.StepState {
    /// Done or skipped: what failed is tried again.
    package var isOver: Bool {
        switch standing {
        case .done, .skipped: true
        case .ahead, .begun, .failed: false
        }
    }

    fileprivate mutating func begin(_ entry: RunbookEntry) {
        (standing, by, ended) = (.begun, entry.by, nil)
        began = began ?? entry.at
        attempts += 1
    }

    fileprivate mutating func end(_ standing: Standing, _ entry: RunbookEntry) {
        (self.standing, by, ended) = (standing, entry.by, entry.at)
        began = began ?? entry.at
    }
}
