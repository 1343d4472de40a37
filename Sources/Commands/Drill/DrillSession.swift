import Audit
import Catalog
import Identity
import Operations
import Primitives
import Strategy

/// What a command that holds tests or drills has at hand.
struct DrillSession {
    let session: Session
    let place: StrategyPlace
    let key: KeySource
    /// When the command was given.
    let declared: Timestamp

    init(_ session: Session, _ options: StrategyOptions, _ keys: KeyOptions, for what: String) throws {
        self.session = session
        declared = session.surroundings.clock.now()
        let loaded = try session.carriedOut(try session.strategy(options))
        place = StrategyPlace(
            strategy: loaded.strategy, digest: loaded.digest.hex,
            catalog: try CatalogPlace.open(session.surroundings.hostState), surroundings: session.surroundings,
            software: Program.software)
        key = try session.key(keys, for: what)
    }

    /// All where none is named.
    func components(_ names: [String]) throws -> [ComponentPlan] {
        let all = place.strategy.components
        return try names.isEmpty
            ? all
            : names.map { name in
                guard let component = place.strategy.component(name) else {
                    throw Failure(
                        .usage, "The strategy has no component '\(name)'.",
                        advice: "It has: \(all.map(\.name).joined(separator: ", ")).")
                }
                return component
            }
    }

    /// A folder of PostgreSQL's programs that was named.
    func programs(_ folder: String?) throws -> String? {
        try folder.map {
            try session.reliable(try session.text(try session.absolute($0)), "The folder of a server's programs")
        }
    }

    /// The record, which is kept, and named in the audit log.
    func test(_ wanted: RestoreTest.Request, _ choice: TestChoice) throws -> EvidenceRecord {
        var request = wanted
        let from = try RestoreTest.store(request, choice, in: place.strategy)
        let target = Target(component: request.component.name, store: from.store.location)
        _ = try session.permit(RestoreAction.self, on: target)
        request.intent = session.record?.intent
        let permits = RestoreTest.Permits(
            restore: { try session.permit(RestoreAction.self, on: target) },
            verify: { try session.permit(VerifyAction.self, on: target) })
        let observer = ProgressObserver(doing: "restore", session)
        defer { observer.finish() }
        let record = try RestoreTest.run(
            permits: permits, place: place, request: request, choice: choice, from: from, key: key, observer: observer)
        session.record?.note([ActObject(.evidence, EvidenceVerification.name(record))])
        return record
    }

    func show(_ record: EvidenceRecord) {
        if session.output.json {
            session.output.record("evidence") { record.fill(&$0) }
        } else if !session.output.quiet {
            session.output.lines(record.summaryLines)
        }
    }

    func worse(_ outcome: Outcome, _ record: EvidenceRecord) -> Outcome {
        switch (record.verdict, outcome) {
        case ("passed", _): outcome
        case ("partial", .done): .partial
        case ("partial", _): outcome
        default: .damaged
        }
    }
}
