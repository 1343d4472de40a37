import ArgumentParser
import Identity
import Operations
import Primitives

struct StrategyCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say everything that is wrong with a strategy file, and where.",
        discussion: """
            Each line has file, line and column as compilers write them. The exit status is 2 where the file cannot be followed. Warnings
            are what should be looked at: places that were not filled in, promises that the schedules cannot keep.

              safehold strategy check
              safehold strategy check draft.yaml
            """)

    @Argument(
        help: ArgumentHelp(
            "The file. Default: SAFEHOLD_STRATEGY, then ./safehold.yaml, then /etc/safehold/safehold.yaml.",
            valueName: "file"), completion: .file())
    var file: String?

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let file = try session.strategyFile(file)
        let findings = try CheckStrategy.run(permit: try session.permit(InspectAction.self, on: .anything), file: file)
        for finding in findings { Self.show(finding, file, session.output) }
        let wrong = UInt64(findings.count(where: \.isWrong))
        guard wrong == 0 else {
            throw Failure(
                .strategyInvalid, "\(file) cannot be followed: \(Text.counted(wrong, "place is", "places are")) wrong.",
                advice: "Mend what is named, and check again. docs/strategy.md describes the keys.")
        }
        if session.output.json || session.output.quiet { return .done }
        let warnings = Text.counted(UInt64(findings.count), "warning", "warnings")
        session.output.line("\(file) can be followed\(findings.isEmpty ? "." : "; \(warnings).")")
        return .done
    }

    private static func show(_ finding: CheckStrategy.Finding, _ file: String, _ output: Output) {
        guard output.json else {
            output.line(finding.isWrong ? finding.described : "warning: " + finding.described)
            return
        }
        output.record("strategy-finding") { object in
            object.set("severity", finding.isWrong ? "error" : "warning")
            object.set("file", file)
            object.set("line", finding.line)
            object.set("column", finding.column)
            object.set("place", finding.path.isEmpty ? nil : finding.path)
            object.set("message", finding.text)
        }
    }
}
