import Glibc
import Operations
import Primitives

/// Shows an operation while it runs: one live line on a terminal, a line now and then elsewhere, JSON where that was asked for.
final class ProgressObserver: OperationObserver {
    private struct State {
        var latest = OperationProgress()
        var shownAt: Double
        var shownProblems = 0
    }

    private static let terminalInterval = 0.1
    private static let jsonInterval = 1.0
    private static let lineInterval = 30.0
    /// Beyond these, problems are only counted; the summary says how many there were.
    private static let shownProblemLimit = 1000

    private let doing: String
    private let output: Output
    private let terminal: Terminal
    private let columns: Int
    private let began = monotonicSeconds()
    private let state: Monitor<State>

    init(doing: String, _ session: Session) {
        self.doing = doing
        output = session.output
        terminal = session.surroundings.terminal
        columns = terminal.width(Output.messages)
        state = Monitor(State(shownAt: began))
    }

    var isCancelled: Bool { terminal.isInterrupted() }

    var elapsed: Double { monotonicSeconds() - began }

    func progress(_ progress: OperationProgress) {
        guard !output.quiet else { return }
        let now = monotonicSeconds()
        let interval = output.json ? Self.jsonInterval : columns > 0 ? Self.terminalInterval : Self.lineInterval
        let isDue = state.withLock { state -> Bool in
            state.latest = progress
            guard now - state.shownAt >= interval else { return false }
            state.shownAt = now
            return true
        }
        guard isDue else { return }
        let line = ProgressLine(progress, seconds: now - began)
        if output.json {
            output.record("progress") { line.fill(&$0, operation: doing) }
            output.flush()
        } else if columns > 0 {
            output.live(line.bar(doing, columns: columns))
        } else {
            output.message("\(doing): \(line.plain)")
        }
    }

    func problem(_ problem: EntryProblem) {
        let shown = state.withLock { state -> Int in
            state.shownProblems += 1
            return state.shownProblems
        }
        guard shown <= Self.shownProblemLimit else { return }
        output.problem(problem, of: doing)
        if shown == Self.shownProblemLimit { output.warning("Further ones are counted, not named.") }
    }

    func warning(_ message: String) { output.warning(message) }

    /// Takes the live line away.
    func finish() { output.live("") }
}

func monotonicSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// What the numbers of a moment say.
struct ProgressLine {
    private let progress: OperationProgress
    private let seconds: Double

    init(_ progress: OperationProgress, seconds: Double) { (self.progress, self.seconds) = (progress, seconds) }

    private var rate: Double { seconds > 0.2 ? Double(progress.bytes) / seconds : 0 }

    /// By bytes where their number is known and matters, else by entries.
    var fraction: Double? {
        if progress.totalBytes > 0 { return min(1, Double(progress.bytes) / Double(progress.totalBytes)) }
        if progress.totalEntries > 0 { return min(1, Double(progress.entries) / Double(progress.totalEntries)) }
        return nil
    }

    var secondsLeft: Double? {
        guard let fraction, fraction > 0.01, seconds > 1 else { return nil }
        return seconds * (1 - fraction) / fraction
    }

    var plain: String {
        var parts: [String] = []
        if let fraction { parts.append("\(Int(fraction * 100)) %") }
        parts.append(Text.counted(progress.entries, "entry", "entries"))
        parts.append(Text.size(progress.bytes))
        if rate > 0 { parts.append("\(Text.size(UInt64(rate)))/s") }
        if progress.newBytes > 0 { parts.append("\(Text.size(progress.newBytes)) new") }
        if progress.deduplicatedBytes > 0 { parts.append("\(Text.size(progress.deduplicatedBytes)) known") }
        if progress.problems > 0 { parts.append(Text.counted(progress.problems, "problem", "problems")) }
        if let left = secondsLeft { parts.append("\(Text.duration(left)) left") }
        return parts.joined(separator: ", ")
    }

    /// One line of at most `columns`, so that it can be written over.
    func bar(_ doing: String, columns: Int) -> String {
        var line = doing
        if let fraction, columns >= 60 {
            let width = 20
            let full = Int(fraction * Double(width))
            line += " [" + String(repeating: "=", count: full) + String(repeating: " ", count: width - full) + "]"
        }
        line += " " + plain
        return String(line.prefix(max(0, columns - 1)))
    }

    func fill(_ object: inout JSONObject, operation: String) {
        object.set("operation", operation)
        object.set("elapsed_seconds", seconds: seconds)
        object.set("entries_done", progress.entries)
        object.set("bytes_done", progress.bytes)
        if progress.totalEntries > 0 { object.set("entries_total", progress.totalEntries) }
        if progress.totalBytes > 0 { object.set("bytes_total", progress.totalBytes) }
        if operation == "backup" {
            object.set("bytes_new", progress.newBytes)
            object.set("bytes_deduplicated", progress.deduplicatedBytes)
            object.set("bytes_stored", progress.storedBytes)
        }
        object.set("problems", progress.problems)
        if rate > 0 { object.set("bytes_per_second", seconds: rate) }
        if let left = secondsLeft { object.set("seconds_left", seconds: left) }
    }
}
