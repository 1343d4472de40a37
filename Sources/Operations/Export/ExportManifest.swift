import Primitives
import Strategy

/// MANIFEST.json: what an archive holds and where it is from (docs/export.md). The same snapshots always give the same text.
struct ExportManifest {
    static let format: UInt64 = 1

    let options: ExportOptions
    let choice: ChosenComponents
    let parts: [ExportSummary.Part]

    /// On one line for each component, and a line feed at the end.
    var text: String {
        var head = JSONObject()
        head.set("format", Self.format)
        head.set("software", options.software)
        head.set("project", options.project)
        head.set("timestamp", choice.stamp.description)
        head.set("set", choice.isSet)
        head.set("outcome", isPartial ? "partial" : "complete")
        head.set("missing", choice.missing)
        let components = parts.map { component($0).encoded }.joined(separator: ",\n    ")
        let rest = head.value.encoded.dropLast()
        return "\(rest),\"components\":[\n    \(components)\n]}\n"
    }

    private var isPartial: Bool { choice.isPartial || parts.contains { $0.figures.unreadable > 0 } }

    private func component(_ part: ExportSummary.Part) -> JSON {
        var object = JSONObject()
        let (summary, details) = (part.component.summary, part.component.details)
        object.set("name", part.component.name)
        object.set("kind", part.component.folder.kind?.rawValue)
        object.set("folder", part.component.folder.description)
        object.set("host", details.host)
        object.set("snapshot", summary.id.hex)
        object.set("time", summary.time.description)
        object.set("outcome", part.component.isComplete && part.figures.unreadable == 0 ? "complete" : "partial")
        object.set("problems", details.problems)
        object.set("unreadable", part.figures.unreadable)
        object.set("sockets", part.figures.sockets)
        object.set("sources", details.paths.map { String(decoding: $0, as: UTF8.self) })
        object.set("stripped", path: part.parent)
        object.set("files", part.figures.files)
        object.set("directories", part.figures.directories)
        object.set("hard_links", part.figures.hardLinks)
        object.set("others", part.figures.others)
        object.set("bytes", part.figures.bytes)
        return object.value
    }
}
