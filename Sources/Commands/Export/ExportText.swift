import Operations
import Primitives
import Strategy

extension ExportSummary.Part {
    func fill(_ object: inout JSONObject) {
        object.set("component", component.name)
        object.set("kind", component.folder.kind?.rawValue)
        object.set("folder", component.folder.description)
        object.set("host", component.details.host)
        object.set("snapshot", component.summary.id.hex)
        object.set("time", component.summary.time)
        object.set("outcome", component.isComplete && figures.unreadable == 0 ? "complete" : "partial")
        object.set("stripped", path: parent)
        object.set("files", figures.files)
        object.set("directories", figures.directories)
        object.set("hard_links", figures.hardLinks)
        object.set("others", figures.others)
        object.set("bytes", figures.bytes)
        object.set("problems", component.details.problems)
        object.set("sockets", figures.sockets)
    }

    fileprivate var row: [String] {
        [
            "  " + component.folder.description, component.name, Text.short(component.summary.id),
            component.summary.time.description, Text.count(figures.files), Text.size(figures.bytes),
            component.isComplete && figures.unreadable == 0 ? "" : "partial",
        ]
    }
}

extension ExportSummary {
    func fill(_ object: inout JSONObject, dryRun: Bool) {
        object.set("operation", "export")
        object.set("outcome", isPartial ? "partial" : "complete")
        object.set("dry_run", dryRun)
        object.set("timestamp", stamp.description)
        object.set("set", isSet)
        if let target { object.set("target", path: Array(target.utf8)) }
        object.set("missing", missing)
        object.set("files", parts.reduce(0) { $0 + $1.figures.files })
        object.set("bytes", parts.reduce(0) { $0 + $1.figures.bytes })
        if !dryRun { object.set("bytes_written", archiveBytes) }
        object.set("elapsed_seconds", seconds: seconds)
    }

    func lines(dryRun: Bool) -> [String] {
        let name = target ?? "standard output"
        let what = isSet ? "set \(stamp)" : "newest snapshots, \(stamp)"
        var lines = [
            dryRun ? "Nothing was written. \(name) would hold, of the \(what):" : "Exported the \(what) to \(name):"
        ]
        var table = Table([
            ("  FOLDER", .left), ("COMPONENT", .left), ("SNAPSHOT", .left), ("TIME", .left), ("FILES", .right),
            ("SIZE", .right), ("", .left),
        ])
        for part in parts { table.add(part.row) }
        lines += table.lines
        for name in missing { lines.append("  missing: \(name)") }
        if !dryRun {
            let bytes = parts.reduce(0) { $0 + $1.figures.bytes }
            let rate = seconds > 0.5 ? ", \(Text.size(UInt64(Double(bytes) / seconds)))/s" : ""
            let size = archiveBytes > 0 ? "\(Text.size(archiveBytes)), " : ""
            lines.append("  \(size)took \(Text.duration(seconds))\(rate)")
        }
        if isPartial { lines.append("Partial: not everything is in it; see above.") }
        return lines
    }
}
