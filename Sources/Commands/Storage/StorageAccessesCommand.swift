import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageAccessesCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "accesses",
        abstract: "Find in a store's access logs what no host of yours did.",
        discussion: """
            Every request that this program makes is remembered with the number that the store gave it. Held beside the store's own
            log, whatever nobody remembers was somebody else's: it is shown with what else is strange about it (an unknown principal, an
            unknown address, a time at which no host of yours ran). Logs are files, or the address of a bucket with logs below a
            prefix. Where several hosts use the bucket, give the records of the others. The exit status is 3 when something was found.

              safehold storage accesses --logs 's3://our-logs/backups?endpoint=https://s3.example.org'
              safehold storage accesses --logs ops.log --record host2.record --principal our-administrator
              safehold storage accesses --export host2.record
            """)

    @Option(
        name: .long, help: ArgumentHelp("A log: a file, or an address; repeatable.", valueName: "file|address"),
        completion: .file())
    var logs: [String] = []

    @Option(
        name: .long, help: ArgumentHelp("What another host exported; repeatable.", valueName: "file"),
        completion: .file())
    var record: [String] = []

    @Option(name: .long, help: ArgumentHelp("Write what this host remembers.", valueName: "file"), completion: .file())
    var export: String?

    @Option(name: .long, help: ArgumentHelp("Somebody who may be in the log; repeatable.", valueName: "name"))
    var principal: [String] = []

    @Option(name: .long, help: ArgumentHelp("An address that may be in the log; repeatable.", valueName: "address"))
    var address: [String] = []

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let journal = session.surroundings.accesses
        if let export {
            try Accesses.export(
                permit: try session.permit(StorageAction.self), journal: journal,
                to: try session.text(try session.absolute(export)))
            return .done
        }
        guard !logs.isEmpty else {
            throw Failure(.usage, "No log was named.", advice: "Pass --logs with a file or an address, or --export.")
        }
        let surroundings = session.surroundings
        func path(_ given: String) throws -> String { try session.text(try session.absolute(given)) }
        var known = Accesses.Known()
        (known.principals, known.addresses) = (principal, address)
        let report = try Accesses.run(
            permit: try session.permit(StorageAction.self, in: repositoryOptions),
            store: try surroundings.openStore(try session.location(repositoryOptions)),
            logs: try logs.filter { !surroundings.isAddress($0) }.map(path),
            stored: try logs.filter(surroundings.isAddress).map(surroundings.openStore),
            records: try record.map(path), journal: journal, known: known)
        show(report, session.output)
        return report.foreign.isEmpty && report.unreadable == 0 ? .done : .partial
    }

    private func show(_ report: Accesses.Report, _ output: Output) {
        for item in report.foreign { show(item, output) }
        if output.json {
            output.record("store-log") { object in
                object.set("ours", UInt64(report.ours))
                object.set("foreign", UInt64(report.foreign.count))
                object.set("unreadable", UInt64(report.unreadable))
                object.set("remembered", UInt64(report.remembered))
            }
        } else if !output.quiet {
            output.line(
                "\(report.ours) requests of yours, \(report.foreign.count) of others, \(report.unreadable) lines that cannot be read; \(report.remembered) are remembered."
            )
        }
    }

    private func show(_ item: Accesses.Foreign, _ output: Output) {
        if output.json {
            output.record("store-access") { object in
                object.set("time", item.time)
                object.set("principal", item.principal)
                object.set("address", item.address)
                object.set("operation", item.operation)
                object.set("key", item.key)
                object.set("status", UInt64(max(0, item.status)))
                object.set("reasons", item.reasons)
            }
            return
        }
        let what = Text.printable(
            Array("\(item.principal) \(item.address) \(item.operation) \(item.key) \(item.status)".utf8))
        output.line("\(Text.time(item.time)) \(what) (\(item.reasons.joined(separator: ", ")))")
    }
}
