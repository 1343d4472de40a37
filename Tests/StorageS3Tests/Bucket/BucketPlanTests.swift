import Storage
import Testing

@testable import StorageS3

@Suite struct BucketPlanTests {
    private func steps(
        _ facts: BucketFacts, _ wanted: StoreExpectation = BucketJudgementTests.wanted,
        _ rules: [XMLDocument.Element] = []
    ) throws -> [BucketPlan.Step] {
        try BucketPlan(facts: facts, wanted: wanted, lifecycleRules: rules).steps
    }

    private func wellButForUploads() -> BucketFacts {
        var aborts = LifecycleRule(name: "aborts", prefix: "")
        aborts.abortsUploads = true
        return BucketJudgementTests.good { $0.lifecycle = .known([aborts]) }
    }

    @Test("Where all is well, nothing is to be done") func nothing() throws {
        #expect(try steps(wellButForUploads()) == [])
    }

    @Test("What a server does not tell is not changed") func unknown() throws {
        #expect(try steps(BucketFacts(bucket: "backups", prefix: "", isEncrypted: true)) == [])
    }

    @Test("After the plan the judge has nothing to say of what it changes") func enough() throws {
        var facts = wellButForUploads()
        (facts.versions, facts.policy) = (.known(.off), .known(nil))
        facts.lock = .known(LockConfiguration(isEnabled: true))
        (facts.encryption, facts.publicBlock, facts.logging) = (.known(nil), .known(nil), .known(""))
        var wanted = BucketJudgementTests.wanted
        wanted.logBucket = "logs"
        let plan = try steps(facts, wanted)
        #expect(
            plan.map(\.part) == [
                "versioning", "object-lock", "publicAccessBlock", "encryption", "policy", "logging",
            ])
        for step in plan where step.part != "policy" {
            #expect(throws: Never.self, "\(step)") { try XMLDocument(Array(step.body.utf8)) }
        }
        let policy = try #require(plan.first { $0.part == "policy" })
        let merged: PolicyDocument = try #require(PolicyDocument(Array(policy.body.utf8)))
        facts.policy = .known(merged)
        let left = BucketJudgementTests.findings(facts).filter { $0.verdict == .bad }.map(\.topic)
        #expect(Set(left).isDisjoint(with: ["tls-only", "tls-version", "writers-remove-nothing", "lock-bounds"]))
    }

    @Test("Over plain http, nothing is planned that would shut us out") func plain() throws {
        var facts = wellButForUploads()
        (facts.isEncrypted, facts.policy) = (false, .known(nil))
        let policy = try #require(try steps(facts).first { $0.part == "policy" })
        #expect(!policy.body.contains("SecureTransport") && !policy.body.contains("TlsVersion"))
    }

    @Test("A harmful rule is switched off, and the others are given back") func lifecycle() throws {
        let text =
            "<L><Rule><ID>theirs</ID><Filter><Prefix>a&amp;b/</Prefix></Filter><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule><Rule><ID>eats</ID><Prefix/><Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule></L>"
        let elements = try XMLDocument(Array(text.utf8)).root.all("Rule")
        let facts = BucketJudgementTests.good { $0.lifecycle = .known(elements.map { LifecycleRule($0) }) }
        let step = try #require(
            try steps(facts, BucketJudgementTests.wanted, elements).first { $0.part == "lifecycle" })
        #expect(step.words.contains("'eats'") && !step.words.contains("theirs"))
        let after = try XMLDocument(Array(step.body.utf8)).root.all("Rule")
        #expect(after.first?.written == elements.first?.written)
        #expect(after.map { LifecycleRule($0).isEnabled } == [true, false, true])
        #expect(after.allSatisfy { LifecycleRule($0).harm(below: "host/") == nil })
    }
}
