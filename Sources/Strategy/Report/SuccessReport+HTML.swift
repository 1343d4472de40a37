import Primitives

extension SuccessReport {
    /// One file that needs no other, without a script; it can be printed, and read aloud.
    package var html: String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(Markup.escaped(ReportWording.title(self)))</title>
        <style>
        body{font-family:sans-serif;color:#1a1a1a;background:#fff;margin:2em;line-height:1.4}
        table{border-collapse:collapse;margin:1em 0}
        caption{text-align:left;font-weight:bold;padding:.3em 0}
        th,td{border:1px solid #767676;padding:.25em .5em;text-align:right}
        th[scope=row],td.text{text-align:left}
        thead th{background:#eee}
        tfoot{font-weight:bold}
        @media print{body{margin:0;font-size:9pt}thead{display:table-header-group}tr{break-inside:avoid}@page{size:A4 landscape}}
        </style>
        </head>
        <body>
        \(htmlPart)
        </body>
        </html>

        """
    }

    /// What stands between <body> and </body>: it goes into mails as well.
    package var htmlPart: String {
        var out = "<h1>\(Markup.escaped(ReportWording.title(self)))</h1>\n"
        out += "<p>\(Markup.escaped(ReportWording.summary(self)))</p>\n"
        out += "<table>\n<caption>Runs by component</caption>\n<thead><tr>"
        out += ReportWording.columns.map { "<th scope=\"col\">\($0)</th>" }.joined() + "</tr></thead>\n<tbody>\n"
        for line in lines { out += Self.row(line) }
        out += "</tbody>\n<tfoot>\n\(Self.row(total))</tfoot>\n</table>\n"
        if !troubles.isEmpty { out += troubleTable }
        out += "<p>\(Markup.escaped(ReportWording.explanation))</p>\n<p>Made \(made.forPeople).</p>"
        return out
    }

    private var troubleTable: String {
        var out = "<table>\n<caption>What did not go well</caption>\n<thead><tr>"
        out += ["when", "component", "kind", "what"].map { "<th scope=\"col\">\($0)</th>" }.joined()
        out += "</tr></thead>\n<tbody>\n"
        for run in troubles {
            let cells = ReportWording.trouble(run).map { "<td class=\"text\">\(Markup.escaped($0))</td>" }
            out += "<tr>\(cells.joined())</tr>\n"
        }
        return out + "</tbody>\n</table>\n"
    }

    private static func row(_ line: Line) -> String {
        let cells = ReportWording.cells(line).map(Markup.escaped)
        return "<tr><th scope=\"row\">\(cells[0])</th>" + cells.dropFirst().map { "<td>\($0)</td>" }.joined()
            + "</tr>\n"
    }

    /// As an event for those who are to hear that all went well, or did not.
    package var event: Event {
        Event(
            .successReport, "report/success", .info, at: made, ReportWording.summary(self),
            meaning: "When this report does not come, something is wrong with the daemon, its host or its mail.",
            document: Event.Document(text: text, html: htmlPart))
    }
}
