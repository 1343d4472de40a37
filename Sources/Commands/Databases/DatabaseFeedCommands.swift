import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct DatabaseRestoreCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Give backed-up streams to the programs that bring them back.",
        discussion: """
            Each file goes to the standard input of the 'restore' command that the strategy has for it. Every piece is verified before it is
            handed on; where one is damaged, the program is killed, and has got a part. What it does to the database is for its words to say:
            let it load into a fresh one, or in one transaction.

            A dump of PostgreSQL is brought back with pg_restore, after 'safehold restore --component NAME --to DIR'.

              safehold database restore pharmacy
              safehold database restore pharmacy --set 20261125T000000Z --file pharmacy.sql
            """)

    @OptionGroup var options: StreamedComponentOptions

    @Option(name: .long, help: ArgumentHelp("Only this file; may be repeated.", valueName: "name"))
    var file: [String] = []

    func run(_ session: Session) throws -> Outcome { try session.feed(.restore, options, file) }

    var outputOptions: OutputOptions { options.outputOptions }
}

struct DatabaseCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Give backed-up streams to the programs that look whether they are what they should be.",
        discussion: """
            Each file goes to the standard input of the 'check' command that the strategy has for it, which ends with 0 where all is well.

              safehold database check pharmacy
            """)

    @OptionGroup var options: StreamedComponentOptions

    @Option(name: .long, help: ArgumentHelp("Only this file; may be repeated.", valueName: "name"))
    var file: [String] = []

    func run(_ session: Session) throws -> Outcome { try session.feed(.check, options, file) }

    var outputOptions: OutputOptions { options.outputOptions }
}

extension Session {
    fileprivate func feed(_ purpose: FeedStreams.Purpose, _ options: StreamedComponentOptions, _ files: [String]) throws
        -> Outcome
    {
        let (component, snapshot, target) = try streamed(options, for: "Reading streams", by: RestoreAction.self)
        let observer = ProgressObserver(doing: "restore", self)
        defer { observer.finish() }
        let fed = try FeedStreams.run(
            permit: try permit(RestoreAction.self, on: target), purpose, component: component, files: files,
            from: snapshot, observer: observer)
        for one in fed {
            if output.json {
                output.record("stream-fed") { object in
                    object.set("component", component.name)
                    object.set("snapshot", snapshot.summary.id.hex)
                    object.set("file", one.file)
                    object.set("purpose", purpose.rawValue)
                    object.set("done", one.problem == nil)
                    object.set("problem", one.problem)
                }
            } else {
                let word = one.problem == nil ? (purpose == .restore ? "restored" : "good") : "FAILED"
                output.line("\(word)  \(one.file)\(one.problem.map { ": " + $0 } ?? "")")
            }
        }
        return fed.allSatisfy { $0.problem == nil } ? .done : .failed(Failure.Code.streamFailed.class)
    }
}
