import Audit
import Identity
import Operations
import Primitives
import Strategy

/// Compares the host's signatures, and who was put out, with its audit log: when the daemon begins, and once a day.
final class SignatureWatch {
    private static let interval = Duration.seconds(86_400)
    private static let key = "signatures"

    private let given: DaemonSurroundings
    private let lane = Lane()
    private let found = Monitor<Reconciliation.Report?>(nil)
    private var begun: ContinuousClock.Instant?

    init(_ given: DaemonSurroundings) { self.given = given }

    /// A log is long: it is read beside everything else.
    func look(at now: Timestamp) -> [News] {
        let surroundings = given.surroundings
        guard GuardedState(surroundings.hostState) != nil else { return [] }
        let instant = ContinuousClock.now
        if begun.map({ $0.duration(to: instant) > Self.interval }) ?? true {
            begun = instant
            lane.begin { [given, found] in
                do {
                    let report = try Self.compare(surroundings)
                    found.withLock { $0 = report }
                } catch {
                    given.say(.trouble(error.asFailure))
                }
            }
        }
        let report = found.withLock { report in
            defer { report = nil }
            return report
        }
        return report.map { [Self.news(of: $0, at: now)] } ?? []
    }

    /// Nil where there is no log yet.
    private static func compare(_ surroundings: Surroundings) throws -> Reconciliation.Report? {
        let place = AuditPlace(state: surroundings.hostState.root)
        guard place.isBegun else { return nil }
        func compare() throws -> Reconciliation.Report {
            try Reconciliation.run(
                permit: try surroundings.door.permit(for: InspectAction.self), AuditBook(place),
                keeping: surroundings.identity)
        }
        let first = try compare()
        guard !first.findings.isEmpty else { return first }
        // State and log are read one after the other: what was signed in between is found in both the second time.
        var report = try compare()
        report.findings = report.findings.filter { first.findings.contains($0) }
        return report
    }

    private static func news(of report: Reconciliation.Report, at now: Timestamp) -> News {
        guard let first = report.findings.first else { return .right(key) }
        let more = report.findings.count == 1 ? "" : " There are \(report.findings.count) such findings."
        return .wrong(
            Event(
                .signaturesDiffer, key, .critical, at: now, first.message + more,
                meaning: "The host's state, or its audit log, is not as this host left it.", advice: first.advice,
                detail: report.findings.map(\.message).joined(separator: "\n")))
    }

    /// What is under way is finished first.
    func end() { lane.end() }
}
