import ArgumentParser
import Catalog
import Identity
import Operations
import Primitives
import Strategy

struct ReportSuccessCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "success",
        abstract: "Runs due, done, partial, failed and missed, per component, against the time before.",
        discussion: """
            Reads the strategy file and this host's catalog. Months and days are those of UTC. With --json it is one line a component,
            one for all, and one for each run that did not go well; --format json is one document.

              safehold report success
              safehold report success --month 2026-11 --format html --output report.html
              safehold report success --from 2026-11-01 --to 2026-11-15
            """)

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, html, json }

    @Option(name: .long, help: ArgumentHelp("A calendar month. Default: the last whole one.", valueName: "YYYY-MM"))
    var month: String?

    @Option(name: .long, help: ArgumentHelp("The first day, instead of a month.", valueName: "YYYY-MM-DD"))
    var from: String?

    @Option(name: .long, help: ArgumentHelp("The last day, which is included.", valueName: "YYYY-MM-DD"))
    var to: String?

    @Option(name: .long, help: ArgumentHelp("text, html or json.", valueName: "format"))
    var format = Format.text

    @Option(
        name: .long, help: ArgumentHelp("Write it into this file, in one step.", valueName: "file"),
        completion: .file())
    var output: String?

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard (from == nil) == (to == nil) else { throw ValidationError("--from and --to go together.") }
        guard month == nil || from == nil else { throw ValidationError("Give either --month or --from and --to.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let surroundings = session.surroundings
        let loaded = try session.strategy(strategyOptions)
        let permit = try session.permit(InspectAction.self)
        let report = try DrawSuccessReport.run(
            permit: permit, period: try period(surroundings.clock.now()), strategy: loaded.strategy,
            state: surroundings.hostState, at: surroundings.clock.now())
        if let output {
            try LocalFile.write(Array(text(report).utf8), to: try session.text(try session.absolute(output)))
            guard session.output.json else { return .done }
        }
        if session.output.json {
            for record in report.records { session.output.record(record.type) { $0.append(record.object) } }
        } else {
            session.output.bytes(Array(text(report).utf8))
        }
        return .done
    }

    private func text(_ report: SuccessReport) -> String {
        switch format {
        case .text: report.text
        case .html: report.html
        case .json: report.json
        }
    }

    private func period(_ now: Timestamp) throws -> ReportPeriod {
        let period: ReportPeriod?
        if let from, let to {
            period = ReportPeriod(from: from, through: to)
        } else {
            period = month.map { ReportPeriod(month: $0) } ?? ReportPeriod.lastMonth(before: now)
        }
        guard let period else {
            throw Failure(
                .usage, "'\(month ?? "\(from ?? "") to \(to ?? "")")' is no time to report on.",
                advice: "Give a month as 2026-11, or days as --from 2026-11-01 --to 2026-11-15.")
        }
        return period
    }
}
