import Primitives

/// A signature for people, on a sheet of its own: name, date, time with its zone, and meaning are in each form of it (21 CFR 11.50(b)).
package struct SignatureSheet: Sendable {
    package enum Form: String, Sendable, CaseIterable {
        case text = "txt"
        case csv
        case pdf

        /// By how the file is called; nil for other names.
        package init?(ofFile name: String) {
            guard let ending = name.split(separator: "/").last?.split(separator: ".").dropFirst().last else {
                return nil
            }
            self.init(rawValue: ending.lowercased())
        }
    }

    private let record: SignatureRecord
    /// What was found of it, and when.
    private let found: [String]

    package init(_ record: SignatureRecord, found: [String]) { (self.record, self.found) = (record, found) }

    /// Throws `target-unusable` where the form has no letter for one of the name's.
    package func bytes(_ form: Form) throws -> [UInt8] {
        switch form {
        case .text: return Array(lines.joined(separator: "\n").utf8) + [0x0A]
        case .csv: return Array((SignatureRecord.csvHeader + "\r\n" + record.csv + "\r\n").utf8)
        case .pdf:
            do {
                return try PortableDocument(title: "Electronic signature \(record.id.hex)", lines: lines).bytes()
            } catch {
                throw Failure(
                    .targetUnusable,
                    "A PDF of this signature would lack the character U+\(String(error.scalar.value, radix: 16, uppercase: true)) of its name or record.",
                    advice: "Take a file that ends in .txt or .csv: they have every character.")
            }
        }
    }

    private var lines: [String] {
        ["Electronic signature \(record.id.hex)", ""]
            + record.text.split(separator: "\n").map(String.init) + ["Statement:  \(record.statement)", ""] + found
    }
}
