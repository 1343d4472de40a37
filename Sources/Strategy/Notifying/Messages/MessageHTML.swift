import Primitives

/// A message as a page. It has no script, no picture and no link, and every text in it is escaped.
enum MessageHTML {
    static func of(_ wording: NoticeWording) -> String {
        var page = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>\(Markup.escaped(wording.subject))</title></head>
            <body style="font-family:sans-serif;color:#1a1a1a;max-width:46em;line-height:1.45">

            """
        if wording.matters.count > 1 {
            page += "<p>These came together:</p>\n<ul>\n"
            for matter in wording.matters {
                page += "<li><strong>\(matter.mark)</strong>: \(Markup.escaped(matter.heading))</li>\n"
            }
            page += "</ul>\n"
        }
        for matter in wording.matters { page += of(matter) }
        page += "<hr>\n<p style=\"color:#595959;font-size:90%\">"
        page += wording.closing.map(Markup.escaped).joined(separator: "<br>\n") + "</p>\n</body></html>\n"
        return page
    }

    private static func of(_ matter: NoticeWording.Matter) -> String {
        var out = "<h2 style=\"border-left:.4em solid \(colour(matter));padding-left:.5em;font-size:120%\">"
        out += "\(matter.mark): \(Markup.escaped(matter.heading))</h2>\n"
        if let reason = matter.reason { out += "<p><em>\(Markup.escaped(reason))</em></p>\n" }
        out += "<dl>\n"
        for section in matter.sections {
            out += "<dt style=\"font-weight:bold\">\(section.title)</dt>\n<dd style=\"margin:0 0 .6em 1em\">"
            out += section.lines.map(Markup.escaped).joined(separator: "<br>\n") + "</dd>\n"
        }
        out += "</dl>\n"
        if let document = matter.document { out += document.html + "\n" }
        return out
    }

    /// Beside the word, never instead of it.
    private static func colour(_ matter: NoticeWording.Matter) -> String {
        if matter.isOver { return "#2e7d32" }
        switch matter.severity {
        case .info: return "#546e7a"
        case .warning: return "#b26a00"
        case .error: return "#c62828"
        case .critical: return "#7b1fa2"
        }
    }
}

/// Text in pages.
package enum Markup {
    /// Safe as content and within double quotes.
    package static func escaped(_ text: String) -> String {
        text.escaping { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            case "'": "&#39;"
            default: nil
            }
        }
    }
}
