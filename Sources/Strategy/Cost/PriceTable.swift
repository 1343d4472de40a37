import Primitives

/// What a store asks for: a text file of `name = value` lines, read strictly. Prices change; a table without its day and its source is
/// none.
package struct PriceTable: Sendable, Equatable {
    package struct Problem: Error, Sendable, Equatable {
        package var line: Int
        package var text: String
    }

    package static let needed = [
        "name", "currency", "date", "source", "storage-gib-month", "put-per-1000", "get-per-1000",
    ]
    package static let allowed = needed + ["extend-per-1000", "read-gib"]

    package var name: String
    package var currency: String
    /// 2026-11-24.
    package var date: String
    package var source: String
    /// For each GiB (2^30) kept for a month.
    package var storage: Double
    /// For each thousand requests; lengthening a lock is one of its own.
    package var put: Double
    package var get: Double
    package var extend: Double
    /// For each GiB (2^30) that leaves the provider's network; 0 where nothing is asked for it.
    package var read = 0.0

    package init(
        name: String, currency: String, date: String, source: String, storage: Double, put: Double, get: Double,
        extend: Double
    ) {
        (self.name, self.currency, self.date, self.source) = (name, currency, date, source)
        (self.storage, self.put, self.get, self.extend) = (storage, put, get, extend)
    }

    package init(parsing text: String) throws(Problem) {
        var values: [String: (text: String, line: Int)] = [:]
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.drop { $0 == " " || $0 == "\t" }
            if content.isEmpty || content.first == "#" { continue }
            let (fields, line) = (try Self.fields(content, index + 1), index + 1)
            for field in fields.fields {
                guard Self.allowed.contains(field.name) else {
                    throw Problem(
                        line: line,
                        text: "'\(field.name)' is not known; allowed are \(Self.allowed.joined(separator: ", "))")
                }
                guard values.updateValue((field.value, line), forKey: field.name) == nil else {
                    throw Problem(line: line, text: "'\(field.name)' stands twice")
                }
            }
        }
        for name in Self.needed where values[name] == nil { throw Problem(line: 0, text: "'\(name)' is missing") }
        func value(_ name: String) -> String { values[name]?.text ?? "" }
        func price(_ name: String) throws(Problem) -> Double {
            guard let price = Double(value(name)), price.isFinite, price >= 0 else {
                throw Problem(line: values[name]?.line ?? 0, text: "'\(name)' is '\(value(name))', which is no price")
            }
            return price
        }
        let date = value("date")
        guard Timestamp(description: date + "T00:00:00Z") != nil else {
            throw Problem(line: values["date"]?.line ?? 0, text: "'date' is '\(date)', no day such as 2026-11-24")
        }
        let put = try price("put-per-1000")
        self.init(
            name: value("name"), currency: value("currency"), date: date, source: value("source"),
            storage: try price("storage-gib-month"), put: put, get: try price("get-per-1000"),
            extend: values["extend-per-1000"] == nil ? put : try price("extend-per-1000"))
        if values["read-gib"] != nil { read = try price("read-gib") }
    }

    private static func fields(_ content: Substring, _ line: Int) throws(Problem) -> RecordLine {
        do { return try RecordLine(parsing: content) } catch { throw Problem(line: line, text: "it " + error.problem) }
    }
}
