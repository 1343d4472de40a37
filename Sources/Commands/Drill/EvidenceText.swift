import Operations
import Primitives

extension EvidenceRecord {
    func fill(_ object: inout JSONObject) {
        object.set("id", id)
        object.set("digest", digest.hex)
        object.set("verdict", verdict)
        object.set("record", json)
    }

    /// What a person wants to know at once.
    var summaryLines: [String] {
        let number = { (path: String) in self.value(path)?.count ?? 0 }
        let restored =
            "\(Text.count(number("restored.files"))) of \(Text.counted(number("restored.files_total"), "file", "files")), \(Text.size(number("restored.bytes"))), came back from '\(text("copy.store"))'"
        var lines = [
            "\(text("backup.component")): \(verdict). \(restored), snapshot \(text("backup.snapshot").prefix(16)) of \(text("backup.taken")).",
            "  Compared with the snapshot: \(Text.count(number("manifest.compared"))); with the source: \(Text.count(number("oracle.compared"))), \(Text.count(number("oracle.changed_since"))) changed since.",
        ]
        for check in value("application.checks")?.list ?? [] {
            lines.append(
                "  \(check["name"]?.text ?? ""): \(check["result"]?.text ?? "") - \(check["words"]?.text ?? "")")
        }
        let part = ["extrapolated": " for all of it, at this speed", "sample": " for the sample"]
        let kind = part[text("objectives.recovery_time_of")] ?? ""
        lines.append(
            "  Recovery point \(Text.duration(Double(number("objectives.recovery_point_seconds")))), recovery time \(Text.duration(Double(number("objectives.recovery_time_seconds"))))\(kind)."
        )
        for (word, path) in [("Wrong", "faults"), ("Not as planned", "deviations")] {
            for line in value(path)?.list ?? [] { lines.append("  \(word): \(line.text ?? "")") }
        }
        return lines + ["  Record \(id)."]
    }

    /// Every member by its path.
    var memberLines: [String] { Self.lines(json, "") }

    private static func lines(_ value: JSON, _ path: String) -> [String] {
        switch value {
        case .object(let members):
            members.flatMap { lines($0.value, path.isEmpty ? $0.name : "\(path).\($0.name)") }
        case .list(let values) where !values.isEmpty:
            values.enumerated().flatMap { lines($1, "\(path)[\($0)]") }
        default: ["  \(path): \(value.text ?? value.encoded)"]
        }
    }
}
