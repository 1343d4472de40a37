import Primitives
import Testing

@testable import Procedures

/// Runbooks as values (EMG-1…3).
@Suite struct RunbookTests {
    private static func at(_ second: Int64) -> Timestamp { Timestamp(nanoseconds: second * 1_000_000_000) }

    private static func begun(_ procedure: Procedure = .corruption) throws -> Runbook {
        try Runbook(
            RunbookEntry(
                .declared(procedure, cause: "pages that do not open", known: at(5), subjects: ["docs"]), by: "ada",
                at: at(10)))
    }

    /// As people and program go through it, with nothing going wrong.
    private static func next(_ book: Runbook, at second: Int64) -> [RunbookEntry] {
        guard let step = book.current?.step else { return [] }
        let end = RunbookEntry(
            .done(step: step.id, note: "seen", facts: ["n": "1"]), by: book.holder, at: at(second + 1))
        return step.doer == .people
            ? [end] : [RunbookEntry(.begun(step: step.id), by: book.holder, at: at(second)), end]
    }

    @Test("goes through all its steps in their order, and is over then", arguments: Procedure.allCases)
    func whole(_ procedure: Procedure) throws {
        var book = try Self.begun(procedure)
        var second: Int64 = 20
        while book.outcome == .open {
            for entry in Self.next(book, at: second) { try book.append(entry) }
            second += 10
        }
        #expect(book.outcome == .completed(Self.at(second - 9)))
        #expect(book.steps.map(\.step) == procedure.steps && book.steps.allSatisfy { $0.standing == .done })
        #expect(throws: Runbook.Problem.ended) {
            try book.append(RunbookEntry(.aborted(reason: "late"), by: "ada", at: Self.at(999)))
        }
    }

    @Test("is the same after any entry, whoever reads the journal then", arguments: Procedure.allCases)
    func replayed(_ procedure: Procedure) throws {
        var book = try Self.begun(procedure)
        while book.outcome == .open {
            for entry in Self.next(book, at: 50) {
                try book.append(entry)
                let read = try book.entries.map { try #require(RunbookEntry($0.json)) }
                #expect(read == book.entries)
                #expect(try Runbook(replaying: read) == book)
            }
        }
    }

    @Test("has a step that was cut off or failed done again, and counts how often") func again() throws {
        var book = try Self.begun()
        let begun = RunbookEntry(.begun(step: "find-scope"), by: "ada", at: Self.at(20))
        try book.append(begun)
        try book.append(begun)
        try book.append(
            RunbookEntry(.failed(step: "find-scope", message: "the store is away"), by: "ada", at: Self.at(21)))
        #expect(book.current?.step.id == "find-scope" && book.current?.standing == .failed("the store is away"))
        try book.append(begun)
        try book.append(RunbookEntry(.done(step: "find-scope", note: "", facts: [:]), by: "ada", at: Self.at(30)))
        #expect(book.steps[0].attempts == 3 && book.current?.step.id == "judge-scope")
    }

    @Test("goes from hand to hand, and nobody else goes on with it") func handedOver() throws {
        var book = try Self.begun()
        let work = RunbookEntry.What.begun(step: "find-scope")
        #expect(throws: Runbook.Problem.notYours("ada")) {
            try book.append(RunbookEntry(work, by: "ben", at: Self.at(11)))
        }
        try book.append(RunbookEntry(.handedOver(to: "ben", note: "night shift"), by: "ada", at: Self.at(12)))
        #expect(throws: Runbook.Problem.notYours("ben")) {
            try book.append(RunbookEntry(work, by: "ada", at: Self.at(13)))
        }
        try book.append(RunbookEntry(work, by: "ben", at: Self.at(14)))
        #expect(throws: Runbook.Problem.unsaid) {
            try book.append(RunbookEntry(.takenOver(reason: ""), by: "carla", at: Self.at(15)))
        }
        try book.append(RunbookEntry(.takenOver(reason: "ben cannot be reached"), by: "carla", at: Self.at(16)))
        #expect(book.holder == "carla" && book.entries.count == 4)
    }

    @Test("takes no step out of its turn, no work for people's word, and no word without words") func refused() throws {
        var book = try Self.begun()
        let before = book
        let wrong: [(RunbookEntry.What, Runbook.Problem)] = [
            (.begun(step: "restore"), .outOfTurn(expected: "find-scope")),
            (.done(step: "find-scope", note: "trust me", facts: [:]), .wrongDoer),
            (.failed(step: "find-scope", message: "never begun"), .outOfTurn(expected: "find-scope")),
            (.skipped(step: "find-scope", reason: ""), .unsaid), (.aborted(reason: ""), .unsaid),
            (.declared(.breach, cause: "x", known: Self.at(0), subjects: []), .undeclared),
        ]
        for (what, problem) in wrong {
            #expect(throws: problem, "\(what)") { try book.append(RunbookEntry(what, by: "ada", at: Self.at(20))) }
            #expect(book == before)
        }
        for entry in Self.next(book, at: 30) { try book.append(entry) }
        #expect(throws: Runbook.Problem.unsaid) {
            try book.append(RunbookEntry(.done(step: "judge-scope", note: "", facts: [:]), by: "ada", at: Self.at(40)))
        }
        #expect(throws: Runbook.Problem.wrongDoer) {
            try book.append(RunbookEntry(.begun(step: "judge-scope"), by: "ada", at: Self.at(40)))
        }
    }

    @Test("has clocks that run from when it was known, 72 hours and 60 days, where it is a breach") func clocks() {
        #expect(
            Procedure.breach.deadlines.map { $0.end(known: Self.at(0)).nanoseconds / 1_000_000_000 } == [
                259_200, 5_184_000,
            ])
        #expect(Procedure.corruption.deadlines.isEmpty && Procedure.systemFailure.deadlines.isEmpty)
    }

    @Test("has no two steps of one name", arguments: Procedure.allCases) func names(_ procedure: Procedure) {
        #expect(Set(procedure.steps.map(\.id)).count == procedure.steps.count)
        #expect(procedure.steps.allSatisfy { !$0.title.isEmpty && !$0.instruction.isEmpty })
    }
}
