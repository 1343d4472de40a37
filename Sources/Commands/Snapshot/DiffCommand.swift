import ArgumentParser
import Operations
import Primitives

struct DiffCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Show what is different between two snapshots.",
        discussion: """
            + was added, - was removed, M has other content or is something else, m has other metadata. Parts of the listings that
            both snapshots share are not even read, so that large snapshots with few changes are compared at once.

              safehold diff 1f3a5b7c latest
              safehold diff 1f3a5b7c latest /etc --json
            """)

    @Argument(help: "The earlier snapshot.")
    var before: String

    @Argument(help: "The later one.")
    var after: String

    @Argument(help: "Only this path and what is below it.")
    var path: String?

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let (first, second) = (try SnapshotSelector(before), try SnapshotSelector(after))
        let opened = try session.reading(repositoryOptions, keys, for: "Comparing snapshots")
        let (old, new) = (try opened.snapshot(first), try opened.snapshot(second))
        let output = session.output
        let isTerminal = session.surroundings.terminal.width(Output.results) > 0
        var counts: [Difference.Change: UInt64] = [:]
        try Difference.between(old, new, below: path.map { try session.absolute($0) }) { difference in
            counts[difference.change, default: 0] += 1
            if output.json {
                output.record("difference") { difference.fill(&$0) }
            } else {
                output.bytes(difference.line(onTerminal: isTerminal, verbose: output.verbose))
            }
            return !session.surroundings.terminal.isInterrupted()
        }
        if session.surroundings.terminal.isInterrupted() { throw Failure.interrupted }
        if !output.json, !output.quiet { output.message(summary(counts)) }
        return .done
    }

    private func summary(_ counts: [Difference.Change: UInt64]) -> String {
        func count(_ change: Difference.Change) -> String { Text.count(counts[change] ?? 0) }
        let changed = (counts[.content] ?? 0) + (counts[.kind] ?? 0)
        return
            "\(count(.added)) added, \(count(.removed)) removed, \(Text.count(changed)) changed, \(count(.metadata)) with other metadata."
    }
}

extension Difference {
    func line(onTerminal: Bool, verbose: Bool) -> [UInt8] {
        let sign =
            switch change {
            case .added: "+"
            case .removed: "-"
            case .content, .kind: "M"
            case .metadata: "m"
            }
        var line = Array((sign + " ").utf8) + (onTerminal ? Array(Text.printable(path).utf8) : path)
        if kind == .directory { line.append(0x2F) }
        if verbose, !attributes.isEmpty { line += Array("  (\(attributes.joined(separator: ", ")))".utf8) }
        return line + [0x0A]
    }

    func fill(_ object: inout JSONObject) {
        object.set("path", path: path)
        object.set("kind", kind.rawValue)
        object.set("change", change.rawValue)
        object.set("size_before", sizeBefore)
        object.set("size_after", sizeAfter)
        if !attributes.isEmpty { object.set("attributes", attributes) }
    }
}
