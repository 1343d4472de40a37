import Primitives

/// Figures of a report as people read them.
enum ReportWording {
    /// 99.2 %: never rounded up to a hundred while something is missing.
    static func rate(_ rate: Double?) -> String {
        guard let rate else { return "-" }
        let tenths = rate >= 1 ? 1000 : min(999, Int((rate * 1000).rounded(.down)))
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// Against the time before, in percentage points.
    static func trend(_ now: Double?, _ before: Double?) -> String {
        guard let now, let before else { return "-" }
        let tenths = Int(((now - before) * 1000).rounded())
        if tenths == 0 { return "same" }
        return "\(tenths > 0 ? "+" : "-")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    static func growth(_ now: UInt64, _ before: UInt64) -> String {
        guard before > 0 else { return "-" }
        let percent = Int(((Double(now) / Double(before) - 1) * 100).rounded())
        return percent == 0 ? "same" : "\(percent > 0 ? "+" : "")\(percent) %"
    }

    static func duration(_ seconds: Double?) -> String { seconds.map { Wording.duration($0) } ?? "-" }

    static func breaches(_ line: SuccessReport.Line) -> String {
        line.breaches == 0 ? "0" : "\(line.breaches) (\(Wording.duration(line.breachSeconds)))"
    }

    /// The first sentence.
    static func summary(_ report: SuccessReport) -> String {
        let count = report.total.now
        guard let rate = count.successRate else { return "No run was due in this time, and none was made." }
        var sentence = "\(self.rate(rate)) of the runs were done whole"
        let trend = trend(rate, report.total.before.successRate)
        if trend == "same" { sentence += ", as in the time before" }
        if trend != "same", trend != "-" { sentence += ", \(trend) points against the time before" }
        let bad = [(count.failed, "failed"), (count.partial, "incomplete"), (count.missed, "missed")]
            .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }
        return sentence + (bad.isEmpty ? "." : ": \(bad.joined(separator: ", ")).")
    }

    static func title(_ report: SuccessReport) -> String {
        "Success of the backups of \(report.project), \(report.period.name)"
    }

    static let columns = [
        "component", "due", "done", "partial", "failed", "missed", "rate", "trend", "late", "read", "new", "stored",
        "growth", "average", "longest",
    ]

    static func cells(_ line: SuccessReport.Line) -> [String] {
        let now = line.now
        return [
            line.component, "\(now.due)", "\(now.done)", "\(now.partial)", "\(now.failed)", "\(now.missed)",
            rate(now.successRate), trend(now.successRate, line.before.successRate), breaches(line),
            Wording.size(now.bytesRead), Wording.size(now.bytesNew), Wording.size(now.bytesStored),
            growth(now.bytesStored, line.before.bytesStored), duration(now.averageSeconds),
            now.timed == 0 ? "-" : Wording.duration(now.longest),
        ]
    }

    static func trouble(_ run: RunFigure) -> [String] {
        let what = run.error.map { " (\($0))" } ?? ""
        let said = run.message.map { ": \(Printable.text($0))" } ?? ""
        return [run.time?.forPeople ?? "-", run.component, run.mode, run.outcome.rawValue + what + said]
    }

    static let explanation =
        "Rate: the share of what was due or made that was done whole; what was tried again and done counts as done. Late: how often the newest good backup was older than promised, and for how long in all. Trend and growth: against the time before. Times are UTC."
}
