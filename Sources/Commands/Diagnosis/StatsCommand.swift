import ArgumentParser
import Identity
import Operations
import Primitives

struct StatsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show how much the repository holds, and what deduplication and compression save.",
        discussion: """
            Without a key: objects and bytes. With one: also what is in them.

              safehold stats
              safehold stats --passphrase-file pass --json
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(InspectAction.self, in: repositoryOptions)
        let sizes: RepositorySizes
        if try keys.source(session.surroundings, asking: false) != nil {
            let opened = try session.reading(repositoryOptions, keys, for: "Looking inside")
            sizes = try RepositorySizes(
                permit: permit, opened: opened, isCancelled: session.surroundings.terminal.isInterrupted)
        } else {
            sizes = try RepositorySizes(permit: permit, repository: try session.repository(repositoryOptions))
        }
        if session.output.json {
            session.output.record("sizes") { sizes.fill(&$0) }
        } else {
            session.output.lines(sizes.lines)
        }
        return .done
    }
}

extension RepositorySizes {
    func fill(_ object: inout JSONObject) {
        func objects(_ name: String) -> UInt64? { parts.first { $0.name == name }?.objects }
        object.set("snapshots", snapshots)
        if let details {
            object.set("files", details.files)
            object.set("entries", details.entries)
            object.set("bytes", details.bytes)
            object.set("bytes_unique", details.uniqueBytes)
            object.set("bytes_unique_stored", details.uniqueStoredBytes)
            object.set("chunks", details.chunks)
        }
        object.set("bytes_stored", bytes)
        object.set("objects", self.objects)
        object.set("packs", objects("data packs"))
        object.set("metadata_packs", objects("metadata packs"))
        object.set("index_runs", objects("index runs"))
    }

    var lines: [String] {
        var table = Table([("", .left), ("objects", .right), ("size", .right)])
        for part in parts where part.objects > 0 {
            table.add([part.name, Text.count(part.objects), Text.size(part.bytes)])
        }
        table.add(["in all", Text.count(objects), Text.size(bytes)])
        var lines = table.lines + ["", Text.counted(snapshots, "snapshot", "snapshots")]
        guard let details else {
            return lines + ["With a key, this also shows what deduplication and compression save."]
        }
        lines[lines.count - 1] +=
            " of \(Text.counted(details.files, "file", "files")), \(Text.size(details.bytes)) if each stood alone"
        lines.append(
            "Content stored once: \(Text.size(details.uniqueBytes)) in \(Text.counted(details.chunks, "chunk", "chunks"))"
                + ratio(details.bytes, details.uniqueBytes, "deduplication"))
        lines.append(
            "Compressed and sealed: \(Text.size(details.uniqueStoredBytes))"
                + ratio(details.uniqueBytes, details.uniqueStoredBytes, "compression"))
        if details.repeatedChunks > 0 {
            lines.append("Stored more than once: \(Text.counted(details.repeatedChunks, "chunk", "chunks"))")
        }
        if details.unreadablePacks > 0 {
            lines.append(
                "Not readable: \(Text.counted(details.unreadablePacks, "pack", "packs")); run 'safehold verify'.")
        }
        return lines
    }

    private func ratio(_ before: UInt64, _ after: UInt64, _ name: String) -> String {
        guard after > 0 else { return "" }
        return " (\(name) \(Text.oneDecimal(Double(before) / Double(after))) to 1)"
    }
}
