/// Lines of text as a PDF (ISO 32000-1): A4, Courier, as many pages as it takes. No fonts are embedded, so it has what every reader's Courier has: the
/// letters of languages that are written in Latin ones.
struct PortableDocument {
    /// What a reader's Courier lacks, or may lack.
    struct Unprintable: Error { var scalar: Unicode.Scalar }

    private static let (size, leading, margin) = (10, 14, 56)
    /// Courier is 0.6 of its size wide, A4 595 points by 842.
    static let (columns, rows) = ((595 - 2 * 56) / 6, (842 - 2 * 56) / 14)

    let title: String
    let lines: [String]

    func bytes() throws(Unprintable) -> [UInt8] {
        var glyphs = GlyphCodes()
        var pages: [String] = []
        let wrapped = lines.flatMap(Self.wrap)
        for start in stride(from: 0, to: max(1, wrapped.count), by: Self.rows) {
            var page = "BT /F1 \(Self.size) Tf \(Self.leading) TL \(Self.margin) \(842 - Self.margin) Td\n"
            for line in wrapped.dropFirst(start).prefix(Self.rows) { page += "<\(try glyphs.hex(of: line))> Tj T*\n" }
            pages.append(page + "ET\n")
        }
        var objects = [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count \(pages.count) /Kids [\(pages.indices.map { "\(5 + 2 * $0) 0 R" }.joined(separator: " "))] >>",
            "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding << /Type /Encoding /BaseEncoding /WinAnsiEncoding \(glyphs.differences) >> >>",
            "<< /Title <\(Self.utf16(title))> /Producer (Safehold) >>",
        ]
        for (number, page) in pages.enumerated() {
            objects.append(
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents \(6 + 2 * number) 0 R /Resources << /Font << /F1 3 0 R >> >> >>"
            )
            objects.append("<< /Length \(page.utf8.count) >>\nstream\n\(page)endstream")
        }
        return Self.file(objects)
    }

    /// The objects, where each of them begins (7.5.4), and what is the first.
    private static func file(_ objects: [String]) -> [UInt8] {
        // Bytes beyond ASCII tell whoever carries it that it is no text (7.5.2).
        var file = Array("%PDF-1.4\n%".utf8) + [0xE2, 0xE3, 0xCF, 0xD3, 0x0A]
        var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
        for (number, object) in objects.enumerated() {
            let offset = String(file.count)
            table += String(repeating: "0", count: 10 - offset.utf8.count) + offset + " 00000 n \n"
            file += Array("\(number + 1) 0 obj\n\(object)\nendobj\n".utf8)
        }
        let trailer =
            "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R /Info 4 0 R >>\nstartxref\n\(file.count)\n%%EOF\n"
        return file + Array((table + trailer).utf8)
    }

    private static func wrap(_ line: String) -> [String] {
        guard line.count > columns else { return [line] }
        return [String(line.prefix(columns))] + wrap("    " + line.dropFirst(columns))
    }

    private static func utf16(_ text: String) -> String {
        ([0xFEFF] + Array(text.utf16)).map { unit in
            let digits = String(unit, radix: 16, uppercase: true)
            return String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }.joined()
    }
}

/// One byte for each character: ASCII as it is, others as they come, from the codes that ASCII leaves.
private struct GlyphCodes {
    private var codes: [Unicode.Scalar: UInt8] = [:]
    private var names: [String] = []

    /// The names of what lies at 128 and after (ISO 32000-1, 9.6.6.2).
    var differences: String {
        names.isEmpty ? "" : "/Differences [128 \(names.map { "/" + $0 }.joined(separator: " "))]"
    }

    mutating func hex(of line: String) throws(PortableDocument.Unprintable) -> String {
        var hex = ""
        for scalar in line.unicodeScalars {
            let digits = String(try code(of: scalar), radix: 16, uppercase: true)
            hex += digits.utf8.count == 1 ? "0" + digits : digits
        }
        return hex
    }

    private mutating func code(of scalar: Unicode.Scalar) throws(PortableDocument.Unprintable) -> UInt8 {
        if (32..<127).contains(scalar.value) { return UInt8(scalar.value) }
        if let code = codes[scalar] { return code }
        guard let name = LatinGlyph.name(of: scalar), names.count < 128 else {
            throw PortableDocument.Unprintable(scalar: scalar)
        }
        let code = UInt8(128 + names.count)
        names.append(name)
        codes[scalar] = code
        return code
    }
}

/// The letters of the standard Latin character set of the fonts that every reader has (Adobe Technical Note 5609: 315 glyphs), by their names.
private enum LatinGlyph {
    private static let letters = Set(
        "ÀÁÂÃÄÅĀĂĄÇĆČĎĐÈÉÊËĒĖĘĚĞĢÌÍÎÏĪĮİĶŁĹĻĽÑŃŅŇÒÓÔÕÖØŌŐŔŖŘŚŞŠȘŢŤÙÚÛÜŪŮŰŲÝŸŹŻŽàáâãäåāăąçćčďđèéêëēėęěğģìíîïīįķłĺļľñńņňòóôõöøōőŕŗřśşšșţťùúûüūůűųýÿźżž"
            .unicodeScalars)
    private static let others: [Unicode.Scalar: String] = [
        "Æ": "AE", "æ": "ae", "Œ": "OE", "œ": "oe", "ß": "germandbls", "Þ": "Thorn", "þ": "thorn", "Ð": "Eth",
        "ð": "eth",
        "ı": "dotlessi", "–": "endash", "—": "emdash", "‘": "quoteleft", "’": "quoteright", "“": "quotedblleft",
        "”": "quotedblright", "„": "quotedblbase", "…": "ellipsis", "·": "periodcentered", "°": "degree",
        "§": "section",
        "€": "Euro", "«": "guillemotleft", "»": "guillemotright",
    ]
    private static let marks = [
        "GRAVE": "grave", "ACUTE": "acute", "CIRCUMFLEX": "circumflex", "TILDE": "tilde", "DIAERESIS": "dieresis",
        "RING ABOVE": "ring", "MACRON": "macron", "BREVE": "breve", "OGONEK": "ogonek", "CEDILLA": "cedilla",
        "CARON": "caron", "DOT ABOVE": "dotaccent", "DOUBLE ACUTE": "hungarumlaut", "STROKE": "slash",
        "COMMA BELOW": "commaaccent",
    ]

    static func name(of scalar: Unicode.Scalar) -> String? {
        if let name = others[scalar] { return name }
        guard letters.contains(scalar), let words = scalar.properties.name,
            let range = words.wholeMatch(of: /LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH ([A-Z ]+)/),
            let mark = marks[String(range.3)]
        else { return nil }
        let letter = range.1 == "SMALL" ? range.2.lowercased() : String(range.2)
        switch (letter.lowercased(), mark) {
        case ("d", "slash"): return letter + "croat"
        // These five have a comma, whatever Unicode calls it.
        case ("g", "cedilla"), ("k", "cedilla"), ("l", "cedilla"), ("n", "cedilla"), ("r", "cedilla"), ("t", "cedilla"):
            return letter + "commaaccent"
        default: return letter + mark
        }
    }
}
