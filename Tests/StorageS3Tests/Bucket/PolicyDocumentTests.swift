import Storage
import Testing

@testable import StorageS3

/// Policies as people and tools write them.
@Suite struct PolicyDocumentTests {
    private let facts = BucketFacts(bucket: "backups", prefix: "host/", isEncrypted: true)
    private var rules: BucketRules { BucketRules(facts) }

    private func policy(_ statements: String) throws -> PolicyDocument {
        try #require(PolicyDocument(Array("{\"Version\":\"2012-10-17\",\"Statement\":[\(statements)]}".utf8)))
    }

    private static let all = "\"Resource\":[\"arn:aws:s3:::backups\",\"arn:aws:s3:::backups/*\"]"
    private static let plain = "\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"}}"

    @Test(
        "A refusal of plain requests is found however it is written",
        arguments: [
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\(all),\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"*\"},\"Action\":[\"S3:*\"],\"Resource\":\"*\",\"Condition\":{\"Bool\":{\"AWS:securetransport\":[\"false\"]}}}",
            "{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":[\"*\"]},\"Action\":\"*\",\(all),\"Condition\":{\"Bool\":{\"aws:SecureTransport\":false}}}",
        ])
    func found(_ statement: String) throws {
        #expect(try policy(statement).statements.contains { rules.refusesPlainRequests($0) })
    }

    @Test(
        "A refusal with a gap is none",
        arguments: [
            "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"s3:*\",\(all),\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":{\"AWS\":\"arn:x\"},\"Action\":\"s3:*\",\(all),\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:GetObject\",\(all),\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::backups/*\",\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\"Resource\":\"arn:aws:s3:::other*\",\(plain)}",
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\(all),\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"true\"}}}",
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:*\",\(all),\"Condition\":{\"Bool\":{\"aws:SecureTransport\":\"false\"},\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}}",
        ])
    func gaps(_ statement: String) throws {
        #expect(try !policy(statement).statements.contains { rules.refusesPlainRequests($0) })
    }

    @Test("What we would add, we find") func ours() {
        let locks = BucketJudgementTests.locks
        #expect(rules.refusesPlainRequests(rules.onlyTLS) && !rules.refusesOldTLS(rules.onlyTLS))
        #expect(rules.refusesOldTLS(rules.leastTLS) && !rules.refusesPlainRequests(rules.leastTLS))
        #expect(rules.refusesRemoval(rules.removal(by: ["a", "b"]), by: "b"))
        #expect(!rules.refusesRemoval(rules.removal(by: ["a", "b"]), by: "c"))
        #expect(rules.bounds(locks).map { rules.bounds($0, locks) } == [.most, .least])
        var wider = locks
        wider.maximumDays = 59
        #expect(rules.bounds(locks).map { rules.bounds($0, wider) } == [nil, .least])
    }

    @Test("Statements of others stay as they are, to the last member") func merging() throws {
        let foreign =
            "{\"Sid\":\"Theirs\",\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"logging.s3.amazonaws.com\"},\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::backups/logs/*\",\"Condition\":{\"NumericLessThan\":{\"x\":1.5},\"Null\":{\"y\":true}}}"
        let nameless =
            "{\"Effect\":\"Deny\",\"Principal\":\"*\",\"Action\":\"s3:PutBucketAcl\",\"Resource\":\"arn:aws:s3:::backups\"}"
        let before = try policy(foreign + "," + nameless)
        let once = before.merging([rules.onlyTLS, rules.leastTLS])
        let twice = once.merging([rules.onlyTLS])
        #expect(Array(once.statements.prefix(2)) == before.statements)
        #expect(once.statements.count == 4 && twice.statements.count == 4)
        #expect(try PolicyDocument(once.encoded) == once, "it does not come back as it was written")
    }

    @Test(
        "What is no policy is not taken for an empty one", arguments: ["", "{}", "[]", "{\"Statement\":[1]}", "<x/>"])
    func nonsense(_ text: String) { #expect(PolicyDocument(Array(text.utf8)) == nil) }

    @Test("Stars and question marks stand for what they do")
    func wildcards() {
        for (pattern, text, fits) in [
            ("*", "", true), ("s3:*", "s3:getobject", true), ("s3:get*t", "s3:getobject", true), ("a?c", "abc", true),
            ("a?c", "ac", false), ("abc", "abcd", false), ("*b*d", "abcd", true), ("*b*e", "abcd", false),
            ("", "a", false),
            ("a*a*a*a*b", String(repeating: "a", count: 2000), false),
        ] { #expect(PolicyStatement.matches(pattern, text) == fits, "\(pattern) \(text.prefix(20))") }
    }
}
