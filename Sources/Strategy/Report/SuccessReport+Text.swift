import Primitives

extension SuccessReport {
    /// For a terminal or a mail.
    package var text: String {
        var lines = [ReportWording.title(self), "", ReportWording.summary(self), ""]
        lines += Self.table([ReportWording.columns] + (self.lines + [total]).map(ReportWording.cells), leading: 1)
        if !troubles.isEmpty {
            lines += ["", "What did not go well", ""]
            lines += Self.table(troubles.map(ReportWording.trouble), leading: 4)
        }
        lines += ["", ReportWording.explanation, "", "Made \(made.forPeople)."]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The first `leading` columns go to the left, numbers to the right.
    private static func table(_ rows: [[String]], leading: Int) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                line += (column > 0 ? "  " : "") + (column < leading ? cell + space : space + cell)
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }
}
