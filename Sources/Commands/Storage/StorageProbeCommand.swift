import ArgumentParser
import Identity
import Operations
import Primitives

struct StorageProbeCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "probe",
        abstract: "Try on a store what a repository relies on.",
        discussion: """
            Writes small objects below a name of its own, with many writers at once, reads and lists them, locks some for seconds, and
            takes them away again. Says which rules hold, what each guarantee stands on, and what stays. Needs no repository there,
            and touches none. A probe of a bucket takes a minute and a few thousand requests.

              safehold storage probe --repository 's3://backups/host1?endpoint=https://s3.example.org'
              safehold storage probe --repository /mnt/backup
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let store = try session.surroundings.openStore(try session.location(repositoryOptions))
        let report = try Probe.run(
            permit: try session.permit(StorageAction.self, in: repositoryOptions), store: store,
            clock: session.surroundings.clock)
        if session.output.json {
            report.show(in: session.output)
        } else {
            session.output.lines(report.lines(verbose: session.output.verbose))
        }
        return report.isFit ? .done : .partial
    }
}

extension Probe.Report {
    fileprivate func show(in output: Output) {
        for rule in rules {
            output.record("store-rule") { object in
                object.set("rule", rule.name)
                object.set("holds", rule.holds)
                object.set("details", rule.details)
            }
        }
        for guarantee in guarantees {
            output.record("store-guarantee") { object in
                object.set("promise", guarantee.promise)
                object.set("stands_on", guarantee.standsOn)
                object.set("consequence", guarantee.consequence)
            }
        }
        output.record("store") { object in
            object.set(location, facts, timing)
            object.set("checksums", checksums)
            object.set("untried", untried)
            object.set("scratch", scratch)
            object.set("staying", UInt64(staying))
        }
    }

    fileprivate func lines(verbose: Bool) -> [String] {
        let broken = rules.filter { !$0.holds }
        var lines = StoreText.lines(location, facts, timing)
        lines.append(
            "\(rules.count - broken.count) of \(Text.counted(UInt64(rules.count), "rule holds", "rules hold")).")
        for rule in broken {
            lines += ["NOT SO  \(rule.name)"] + rule.details.prefix(verbose ? 100 : 3).map { "        \($0)" }
        }
        if verbose { lines += rules.filter(\.holds).map { "ok      \($0.name)" } }
        if let untried { lines.append("Not tried: \(untried).") }
        for guarantee in guarantees {
            lines.append("\(guarantee.promise): by \(guarantee.standsOn ?? "nothing").")
            lines.append("        \(guarantee.consequence)")
        }
        lines.append(
            staying == 0
                ? "Nothing stays of what was tried."
                : "\(Text.counted(UInt64(staying), "object stays", "objects stay")) below \(scratch): to be removed when their locks have ended, by whoever may."
        )
        return lines
    }
}
