import Identity
import Primitives
import Strategy

/// Gives the files of a streamed component to the programs that the strategy names for them: to bring them back, or to look at them.
package enum FeedStreams {
    package enum Purpose: String, Sendable { case restore, check }

    package struct Fed: Sendable, Equatable {
        package var file: String
        /// Nil where the program took it and ended well.
        package var problem: String?
    }

    /// One after the other, in the order of the strategy; the first failure of a restore ends it, checks go on. `files`: only these; empty for
    /// all that have a program for it. Throws `usage` where there is none, and whatever reading throws: then the program was killed before it
    /// could come to an end.
    package static func run(
        permit: consuming Permit<RestoreAction>, _ purpose: Purpose, component: ComponentPlan, files: [String],
        from snapshot: OpenedSnapshot, observer: any OperationObserver
    ) throws -> [Fed] {
        try permit.require(components: .only([component.name]))
        var fed: [Fed] = []
        for stream in try chosen(purpose, component, files) {
            let problem = try feed(stream, purpose, component, snapshot, observer)
            fed.append(Fed(file: stream.file, problem: problem))
            if problem != nil, purpose == .restore { break }
        }
        return fed
    }

    private static func chosen(_ purpose: Purpose, _ component: ComponentPlan, _ files: [String]) throws -> [StreamPlan]
    {
        let able = component.streams.filter { !words($0, purpose).isEmpty }
        for file in files where !able.contains(where: { $0.file == file }) {
            throw Failure(
                .usage,
                "The component '\(component.name)' has no stream '\(file)' with a '\(purpose.rawValue)' command.",
                advice: "It has such for: \(able.map(\.file).joined(separator: ", ")). The strategy names them.")
        }
        let chosen = files.isEmpty ? able : able.filter { files.contains($0.file) }
        guard !chosen.isEmpty else {
            throw Failure(
                .usage, "No stream of the component '\(component.name)' has a '\(purpose.rawValue)' command.",
                advice:
                    "Add one in the strategy, or bring the files back with 'safehold restore --component \(component.name)'."
            )
        }
        return chosen
    }

    private static func words(_ stream: StreamPlan, _ purpose: Purpose) -> [String] {
        purpose == .restore ? stream.restore : stream.check
    }

    private static func feed(
        _ stream: StreamPlan, _ purpose: Purpose, _ component: ComponentPlan, _ snapshot: OpenedSnapshot,
        _ observer: any OperationObserver
    ) throws -> String? {
        var program = try ProgramFeed(
            words(stream, purpose),
            settings: ["SAFEHOLD_COMPONENT=\(component.name)", "SAFEHOLD_SNAPSHOT=\(snapshot.summary.id.hex)"])
        do {
            try snapshot.content(of: component.streamPath(stream.file)) { piece in
                try program.write(piece, isCancelled: { observer.isCancelled })
            }
        } catch {
            program.abandon()
            throw error
        }
        let isDeaf = program.isDeaf
        if let problem = program.finish() { return "'\(words(stream, purpose)[0])' \(problem)" }
        // A check may have seen enough; what was restored in part is not restored.
        guard purpose == .restore, isDeaf else { return nil }
        return "'\(words(stream, purpose)[0])' ended well, but did not read all of it."
    }
}
