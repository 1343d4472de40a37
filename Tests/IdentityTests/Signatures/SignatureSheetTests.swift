import Primitives
import Testing

@testable import Identity

/// 21 CFR 11.50(b): what people are shown of a signature, on paper as well.
@Suite("A sheet of a signature") struct SignatureSheetTests {
    @Test(
        "its form is that of the file's ending, whatever is before it",
        arguments: [
            ("/a/b.pdf", SignatureSheet.Form.pdf), ("x.y.CSV", .csv), ("x.txt", .text), ("pdf", nil), ("a.pdf/b", nil),
            ("a.docx", nil),
        ])
    func form(_ file: String, _ form: SignatureSheet.Form?) { #expect(SignatureSheet.Form(ofFile: file) == form) }

    @Test("a PDF says of each object where it begins, and of its own table") func offsets() throws {
        let lines = (0..<130).map { "line \($0) " + String(repeating: "x", count: $0) }
        let bytes = try PortableDocument(title: "Ä", lines: lines).bytes()
        func text(from offset: Int, _ count: Int) -> String {
            String(decoding: bytes[offset...].prefix(count), as: UTF8.self)
        }
        let all = String(decoding: bytes, as: UTF8.self)
        let tail = try #require(all.components(after: "startxref\n"))
        let table = try #require(Int(tail.prefix { $0 != "\n" }))
        #expect(text(from: table, 5) == "xref\n")
        let entries = all.split(separator: "\n").filter { $0.hasSuffix(" 00000 n ") }
        for (number, entry) in entries.enumerated() {
            let offset = try #require(Int(entry.prefix(10)))
            #expect(text(from: offset, 12).hasPrefix("\(number + 1) 0 obj\n"))
        }
        // Four pages, with what was wrapped.
        #expect(entries.count == 4 + 2 * 4 && all.contains("/Count 4"))
    }

    @Test(
        "letters with marks are named as fonts name them",
        arguments: [
            ("Ł", "Lslash"), ("ő", "ohungarumlaut"), ("ț", nil), ("ş", "scedilla"), ("ģ", "gcommaaccent"),
            ("đ", "dcroat"), ("ė", "edotaccent"), ("Å", "Aring"), ("ß", "germandbls"), ("Ω", nil), ("Ж", nil),
            ("\u{7}", nil),
        ] as [(String, String?)])
    func glyphs(_ letter: String, _ name: String?) throws {
        let document = PortableDocument(title: "", lines: ["Dr. \(letter)"])
        guard let name else {
            #expect(throws: PortableDocument.Unprintable.self) { try document.bytes() }
            return
        }
        let text = String(decoding: try document.bytes(), as: UTF8.self)
        #expect(text.contains("/Differences [128 /\(name)]") && text.contains("<44722E2080>"))
    }

    @Test("a name that its PDF could not show is refused, and stands in the other forms") func greek() throws {
        var record = try SignatureWorld().signFirst().record
        record.printedName = "Ωmega"
        let sheet = SignatureSheet(record, found: [])
        #expect { try sheet.bytes(.pdf) } throws: { ($0 as? Failure)?.code == .targetUnusable }
        for form in [SignatureSheet.Form.text, .csv] {
            #expect(String(decoding: try sheet.bytes(form), as: UTF8.self).contains("Ωmega"))
        }
    }
}

extension String {
    /// What comes after the last of these words.
    fileprivate func components(after words: String) -> Substring? {
        var found: Substring?
        var rest = self[...]
        while let range = rest.firstRange(of: words) {
            rest = rest[range.upperBound...]
            found = rest
        }
        return found
    }
}
