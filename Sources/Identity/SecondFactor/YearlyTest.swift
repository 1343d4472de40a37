import Primitives
import Sealing

// Authenticators are tested once a year (21 CFR 11.300(e)): one that shows a right code works, and is in its owner's hands.

extension Credentials {
    static let testPeriod = Duration.days(365)

    /// Whether his authenticator has shown no code for a year. A recovery code stands in for it, and is no test of it.
    package func isTestDue(at now: Moment) -> Bool {
        guard hasSecondFactor else { return false }
        return tested.map { now.longest(since: $0) > Self.testPeriod } ?? true
    }
}

extension CredentialBook {
    static let testsKey = Array("authenticator-tests".utf8)

    /// When whose authenticator showed a code last. It came in later than the rows of credentials, and stands beside them.
    var testsRow: KeptRow? {
        let tests = all.values.filter { $0.tested != nil }.sorted { $0.person < $1.person }
        guard !tests.isEmpty else { return nil }
        return KeptRow(.note, Self.testsKey) { writer in
            writer.list(tests) { writer, own in
                writer.raw(own.person.bytes)
                writer.optional(own.tested) { $0.moment($1) }
            }
        }
    }

    mutating func takeTests(_ row: KeptRow) throws(EncodingError) {
        let tests = try row.read { (reader) throws(EncodingError) in
            try reader.list { (reader) throws(EncodingError) in
                let person: PersonID = try reader.identifier()
                return (person, try reader.optional { (reader) throws(EncodingError) in try reader.moment() })
            }
        }
        for (person, tested) in tests {
            guard all[person] != nil, tested != nil else { throw EncodingError("has a test of nobody's authenticator") }
            all[person]?.tested = tested
        }
    }
}
