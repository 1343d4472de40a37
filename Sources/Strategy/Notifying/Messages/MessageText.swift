import Primitives

/// A message as plain text.
enum MessageText {
    static func of(_ wording: NoticeWording) -> String {
        var lines: [String] = []
        if wording.matters.count > 1 {
            lines +=
                ["These came together:", ""] + wording.matters.map { "  \($0.mark): \($0.heading)" } + ["", rule, ""]
        }
        for (index, matter) in wording.matters.enumerated() {
            if index > 0 { lines += ["", rule, ""] }
            lines += of(matter)
        }
        lines += ["", "--"] + wording.closing
        return lines.joined(separator: "\n") + "\n"
    }

    private static let rule = String(repeating: "-", count: 60)

    private static func of(_ matter: NoticeWording.Matter) -> [String] {
        var lines = ["\(matter.mark): \(matter.heading)"]
        if let reason = matter.reason { lines.append(reason) }
        for section in matter.sections {
            lines += ["", section.title] + section.lines.map { "  " + $0 }
        }
        if let document = matter.document {
            lines.append("")
            lines += document.text.split(separator: "\n", omittingEmptySubsequences: false).map { String($0) }
        }
        return lines
    }
}
