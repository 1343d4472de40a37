import Primitives

/// A small text file that describes copies, one on a line; `#` begins a comment line. It is read strictly: what is not understood is
/// an error, with its line. No secret belongs into it.
package enum CopiesFile {
    package struct Problem: Error, Sendable, Equatable {
        package var line: Int
        package var text: String
    }

    package static let needed = ["name", "location", "site", "medium", "offline"]
    package static let allowed = needed + ["immutable", "updated", "verified", "errors"]
    private static let secretWords = [
        "password", "passphrase", "secret", "token", "credential", "access-key", "api-key",
    ]

    package static func parse(_ text: String) throws(Problem) -> [CopyFacts] {
        var copies: [CopyFacts] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty || content.first == "#" { continue }
            let copy = try copy(content, index + 1)
            guard !copies.contains(where: { $0.name == copy.name }) else {
                throw Problem(line: index + 1, text: "the name '\(copy.name)' stands twice")
            }
            copies.append(copy)
        }
        return copies
    }

    private static func copy(_ content: Substring, _ line: Int) throws(Problem) -> CopyFacts {
        let fields: RecordLine
        do { fields = try RecordLine(parsing: content) } catch {
            throw Problem(line: line, text: "it " + error.problem)
        }
        try refuseSecrets(fields, line)
        for field in fields.fields where !allowed.contains(field.name) {
            throw Problem(
                line: line, text: "'\(field.name)' is not known; allowed are \(allowed.joined(separator: ", "))")
        }
        for name in needed where fields[name] == nil { throw Problem(line: line, text: "'\(name)' is missing") }
        guard let kind = CopyFacts.Kind(rawValue: fields["medium"] ?? "") else {
            let kinds = CopyFacts.Kind.allCases.map(\.rawValue).sorted().joined(separator: ", ")
            throw Problem(line: line, text: "'medium' is '\(fields["medium"] ?? "")'; allowed are \(kinds)")
        }
        return CopyFacts(
            name: fields["name"] ?? "", site: fields["site"] ?? "", kind: kind,
            isOffline: try answer("offline", fields, line), isImmutable: try answer("immutable", fields, line),
            verified: try verification(fields, line), updated: try day("updated", fields, line))
    }

    /// A message must not repeat what may be a secret.
    private static func refuseSecrets(_ fields: RecordLine, _ line: Int) throws(Problem) {
        for field in fields.fields {
            let name = field.name
            let value = field.value.lowercased()
            let hasUser = value.firstRange(of: "://").map { range in
                value[range.upperBound...].prefix { $0 != "/" }.contains("@")
            }
            let isSecret =
                secretWords.contains { name.contains($0) || value.contains($0 + "=") } || hasUser == true
                || value.contains("x-amz-signature") || value.contains("safehold-recipient-key")
                || value.contains("safehold-share")
            if isSecret {
                throw Problem(
                    line: line,
                    text:
                        "'\(name)' looks like or holds a secret, which does not belong here; credentials come from the environment"
                )
            }
        }
    }

    private static func answer(_ name: String, _ fields: RecordLine, _ line: Int) throws(Problem) -> Bool {
        switch fields[name] {
        case nil, "no": return false
        case "yes": return true
        default: throw Problem(line: line, text: "'\(name)' is '\(fields[name] ?? "")'; allowed are yes, no")
        }
    }

    private static func verification(_ fields: RecordLine, _ line: Int) throws(Problem) -> CopyFacts.Verification? {
        guard let time = try day("verified", fields, line) else {
            guard fields["errors"] == nil else {
                throw Problem(line: line, text: "'errors' says nothing without 'verified', the day of the verification")
            }
            return nil
        }
        guard let errors = UInt64(fields["errors"] ?? "0") else {
            throw Problem(line: line, text: "'errors' is '\(fields["errors"] ?? "")', which is no number")
        }
        return CopyFacts.Verification(time: time, errors: errors)
    }

    private static func day(_ name: String, _ fields: RecordLine, _ line: Int) throws(Problem) -> Timestamp? {
        guard let text = fields[name] else { return nil }
        guard let time = Timestamp(description: text + "T00:00:00Z") else {
            throw Problem(line: line, text: "'\(name)' is '\(text)', which is no day such as 2026-11-24")
        }
        return time
    }
}
