import Primitives

/// How a signature is shown: name, date, time with its zone, and meaning are in each form of it (21 CFR 11.50(b)).
extension SignatureRecord {
    /// RFC 3339 in the signer's zone, to the second.
    package var localTime: String {
        let local = String(signedAt.later(by: .seconds(zone.offset * 60)).description.dropLast())
        let minutes = abs(zone.offset)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return local + (zone.offset < 0 ? "-" : "+") + two(minutes / 60) + ":" + two(minutes % 60)
    }

    package var meaningInWords: String {
        switch meaning {
        case .authorship: "wrote it"
        case .review: "reviewed it"
        case .approval: "approved it"
        case .responsibility: "takes responsibility for it"
        case .witness: "was present"
        }
    }

    /// For screens, paper and PDF.
    package var text: String {
        """
        Signed by:  \(printedName)
        Date, time: \(localTime) (\(zone.name)), \(signedAt) UTC
        Meaning:    \(meaning.rawValue): \(meaningInWords)
        Record:     \(record.kind) \(record.id), version \(record.version)
        SHA-256:    \(record.digest)

        """
    }

    package var json: JSON {
        var object = JSONObject()
        object.set("signature", id.hex)
        object.set("signer", signer.hex)
        object.set("printed_name", printedName)
        object.set("signed_at", signedAt)
        object.set("local_time", localTime)
        object.set("zone", zone.name)
        object.set("meaning", meaning.rawValue)
        object.set("statement", statement)
        object.set("record_kind", record.kind)
        object.set("record", record.id)
        object.set("version", record.version)
        object.set("sha256", record.digest.hex)
        return object.value
    }

    package static let csvHeader =
        "signature,printed_name,signed_at,local_time,zone,meaning,record_kind,record,version,sha256"

    /// One line as RFC 4180 has it. What a spreadsheet would take for a formula is kept from being one.
    package var csv: String {
        [
            id.hex, printedName, signedAt.description, localTime, zone.name, meaning.rawValue, record.kind, record.id,
            String(record.version), record.digest.hex,
        ]
        .map { field in
            let plain = field.first.map { "=+-@".contains($0) } == true ? "'" + field : field
            let parts = plain.split(separator: "\"", omittingEmptySubsequences: false)
            return "\"" + parts.joined(separator: "\"\"") + "\""
        }
        .joined(separator: ",")
    }
}
