import ArgumentParser
import Identity
import Operations
import Primitives
import Strategy

struct StorageCopiesCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "copies",
        abstract: "Judge the copies by 3-2-1-1-0.",
        discussion: """
            Three copies, on two kinds of media, one at another site, one offline or immutable, no error in any one's last verification.
            The file has one line a copy; media that this host's book knows are added. The exit status is 3 when a rule is not met.

              name = primary; location = /srv/backup; site = main; medium = disk; offline = no; verified = 2026-11-20

              safehold storage copies --copies copies.txt
              safehold storage copies --copies copies.txt --home main --json
            """)

    @Option(
        name: .long, help: ArgumentHelp("The file that describes the copies.", valueName: "file"), completion: .file())
    var copies: String

    @Option(
        name: .long,
        help: ArgumentHelp("The site of the originals. Default: that of the first copy.", valueName: "site"))
    var home: String?

    @Option(name: .long, help: ArgumentHelp("A verification counts for so long.", valueName: "days"))
    var verifiedWithin = 92

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard verifiedWithin > 0 else { throw ValidationError("--verified-within needs a number of days above 0.") }
    }

    func run(_ session: Session) throws -> Outcome {
        let now = session.surroundings.clock.now()
        let judgement = try JudgeCopies.run(
            permit: try session.permit(StorageAction.self), file: try session.text(try session.absolute(copies)),
            home: home, verifiedWithinDays: verifiedWithin, repository: try session.repositoryID(repositoryOptions),
            state: session.surroundings.hostState, now: now)
        for warning in judgement.warnings { session.output.warning(warning) }
        judgement.show(session.output)
        return judgement.verdict.isMet ? .done : .partial
    }
}

extension JudgeCopies.Judgement {
    fileprivate func show(_ output: Output) {
        if output.json {
            for copy in copies { output.record("copy") { copy.fill(&$0) } }
            for ruling in verdict.rulings { output.record("copy-rule") { ruling.fill(&$0) } }
            return
        }
        var table = Table([
            ("copy", .left), ("site", .left), ("medium", .left), ("out of reach", .left), ("verified", .left),
        ])
        for copy in copies {
            let reach = [copy.isOffline ? "offline" : nil, copy.isImmutable ? "immutable" : nil].compactMap { $0 }
            let verified = copy.verified.map {
                Text.day($0.time) + ($0.errors > 0 ? ", \(Text.counted($0.errors, "error", "errors"))" : "")
            }
            table.add([
                copy.name, copy.site, copy.kind.rawValue, reach.isEmpty ? "-" : reach.joined(separator: ", "),
                verified ?? "never",
            ])
        }
        output.lines(table.lines + [""])
        for ruling in verdict.rulings { output.lines(ruling.lines) }
    }
}

extension CopyFacts {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("name", name)
        object.set("site", site)
        object.set("medium", kind.rawValue)
        object.set("offline", isOffline)
        object.set("immutable", isImmutable)
        if let updated { object.set("updated", updated) }
        if let verified {
            object.set("verified", verified.time)
            object.set("errors", verified.errors)
        }
    }
}

extension CopyVerdict.Ruling {
    fileprivate func fill(_ object: inout JSONObject) {
        object.set("rule", rule.rawValue)
        object.set("met", isMet)
        object.set("copies", copies)
        object.set("advice", advice)
    }

    fileprivate var lines: [String] {
        let names = copies.isEmpty ? "" : " (\(copies.joined(separator: ", ")))"
        guard let advice else { return ["met      \(rule.text)\(names)"] }
        return ["NOT MET  \(rule.text)\(names)", "         \(advice)"]
    }
}

extension CopyVerdict.Rule {
    fileprivate var text: String {
        switch self {
        case .threeCopies: "3 copies"
        case .twoKinds: "2 kinds of media"
        case .oneElsewhere: "1 at another site"
        case .oneOutOfReach: "1 offline or immutable"
        case .noErrors: "0 errors in the last verification"
        }
    }
}
