import Storage
import Testing

@testable import StorageS3

/// Facts in, findings out: no server is needed to know what is right.
@Suite struct BucketJudgementTests {
    /// A bucket with which everything is well.
    static func good(_ change: (inout BucketFacts) -> Void = { _ in }) -> BucketFacts {
        var facts = BucketFacts(bucket: "backups", prefix: "host/", isEncrypted: true)
        facts.versions = .known(.on)
        facts.lock = .known(LockConfiguration(isEnabled: true, retention: .init(mode: "compliance", days: 14)))
        facts.logging = .known("logs")
        facts.publicBlock = .known(.init(open: []))
        facts.publicGrants = .known([])
        facts.encryption = .known("AES256")
        let rules = BucketRules(facts)
        facts.policy = .known(
            PolicyDocument.empty.merging(
                [rules.onlyTLS, rules.leastTLS] + rules.removal(by: ["writer"]) + rules.bounds(Self.locks)))
        facts.lifecycle = .known([])
        facts.replication = .known(["arn:aws:s3:::second"])
        facts.names = .known(.init(all: 7))
        facts.mayRemove = .known(false)
        change(&facts)
        return facts
    }

    static let locks = StoreExpectation.Locks(mode: "compliance", minimumDays: 14, maximumDays: 60)

    static var wanted: StoreExpectation {
        var wanted = StoreExpectation()
        (wanted.locks, wanted.writers) = (locks, ["writer"])
        return wanted
    }

    static func findings(_ facts: BucketFacts, _ wanted: StoreExpectation = wanted) -> [StoreFinding] {
        BucketJudgement(facts: facts, wanted: wanted, endpoint: "https://s3.test").findings()
    }

    @Test("A bucket with which all is well is said to be so") func allIsWell() {
        let findings = Self.findings(Self.good())
        #expect(findings.filter { $0.verdict != .good } == [])
        #expect(Set(findings.map(\.topic)).count == findings.count, "a topic comes twice")
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var topic: String
        var change: @Sendable (inout BucketFacts) -> Void
        var testDescription: String { topic }
    }

    static let wrongs: [Case] = [
        Case(topic: "versions") { $0.versions = .known(.off) },
        Case(topic: "versions") { $0.versions = .known(.suspended) },
        Case(topic: "object-lock") { $0.lock = .known(nil) },
        Case(topic: "object-lock") { $0.lock = .known(LockConfiguration(isEnabled: false)) },
        Case(topic: "default-retention") { $0.lock = .known(LockConfiguration(isEnabled: true)) },
        Case(topic: "default-retention") {
            $0.lock = .known(LockConfiguration(isEnabled: true, retention: .init(mode: "compliance", days: 61)))
        },
        Case(topic: "access-logs") { $0.logging = .known("") },
        Case(topic: "access-logs") { $0.logging = .known("backups") },
        Case(topic: "public-access-block") { $0.publicBlock = .known(nil) },
        Case(topic: "public-access-block") { $0.publicBlock = .known(.init(open: ["BlockPublicPolicy"])) },
        Case(topic: "public-access") { $0.publicGrants = .known(["AllUsers"]) },
        Case(topic: "encryption") { $0.encryption = .known(nil) },
        Case(topic: "tls-only") { $0.policy = .known(nil) },
        Case(topic: "tls-version") { $0.policy = .known(.empty) },
        Case(topic: "writers-remove-nothing") { $0.policy = .known(.empty) },
        Case(topic: "lock-bounds") { $0.policy = .known(.empty) },
        Case(topic: "these-credentials") { $0.mayRemove = .known(true) },
        Case(topic: "overwritten-names") { $0.names = .known(.init(all: 2, overwritten: ["host/FORMAT"])) },
        Case(topic: "overwritten-names") { $0.names = .known(.init(all: 2, marked: ["host/FORMAT"])) },
    ]

    @Test("What is wrong is named, with what mends it", arguments: wrongs) func wrong(_ item: Case) throws {
        let finding = try #require(Self.findings(Self.good(item.change)).first { $0.topic == item.topic })
        #expect(finding.verdict == .bad, "\(finding)")
        #expect(!finding.mends.isEmpty && finding.mends.allSatisfy { !$0.isEmpty })
    }

    @Test("What a server does not tell is never good") func unknown() {
        let facts = BucketFacts(bucket: "backups", prefix: "", isEncrypted: true)
        #expect(Self.findings(facts).filter { $0.verdict != .unknown } == [])
    }

    @Test("An administrator's credentials may remove") func administrator() throws {
        var wanted = Self.wanted
        wanted.isAdministrator = true
        let findings = Self.findings(Self.good { $0.mayRemove = .known(true) }, wanted)
        #expect(findings.first { $0.topic == "these-credentials" }?.verdict == .good)
    }

    @Test("A repository without locks in a bucket without a default retention is locked by nobody") func nobodyLocks() {
        var wanted = Self.wanted
        wanted.locks = nil
        let findings = Self.findings(Self.good { $0.lock = .known(LockConfiguration(isEnabled: true)) }, wanted)
        #expect(findings.first { $0.topic == "default-retention" }?.verdict == .bad)
    }

    // MARK: Lifecycle

    static func rule(_ prefix: String, _ change: (inout LifecycleRule) -> Void) -> LifecycleRule {
        var rule = LifecycleRule(name: "rule", prefix: prefix)
        change(&rule)
        return rule
    }

    static let harmful: [LifecycleRule] = [
        rule("") { $0.expires = true }, rule("host/") { $0.expires = true },
        rule("host/packs/") { $0.expiresNoncurrent = true }, rule("ho") { $0.expiresNoncurrent = true },
        rule("") { $0.classes = ["STANDARD_IA", "GLACIER"] }, rule("") { $0.classes = ["DEEP_ARCHIVE"] },
    ]

    @Test("A rule that eats backups is found", arguments: harmful) func eats(_ rule: LifecycleRule) {
        let finding = Self.findings(Self.good { $0.lifecycle = .known([rule]) }).first { $0.topic == "lifecycle" }
        #expect(finding?.verdict == .bad)
    }

    static let harmless: [LifecycleRule] = [
        rule("other/") { $0.expires = true }, rule("") { $0.abortsUploads = true },
        rule("") { $0.classes = ["STANDARD_IA", "GLACIER_IR"] },
        rule("host/") {
            $0.isEnabled = false; $0.expires = true
        },
    ]

    @Test("A rule that does no harm is left alone", arguments: harmless) func spares(_ rule: LifecycleRule) {
        let finding = Self.findings(Self.good { $0.lifecycle = .known([rule]) }).first { $0.topic == "lifecycle" }
        #expect(finding?.verdict == .good)
    }

    @Test("Rules are read as servers write them") func reading() throws {
        let text = """
            <LifecycleConfiguration><Rule><ID>a</ID><Filter><And><Prefix>host/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag></And></Filter>
            <Status>Enabled</Status><Expiration><Days>3</Days></Expiration></Rule>
            <Rule><ID>b</ID><Prefix/><Status>Enabled</Status><Expiration><ExpiredObjectDeleteMarker>true</ExpiredObjectDeleteMarker></Expiration>
            <AbortIncompleteMultipartUpload><DaysAfterInitiation>7</DaysAfterInitiation></AbortIncompleteMultipartUpload></Rule>
            <Rule><ID>c</ID><Filter><Prefix>x</Prefix></Filter><Status>Disabled</Status>
            <NoncurrentVersionExpiration><NoncurrentDays>1</NoncurrentDays></NoncurrentVersionExpiration>
            <NoncurrentVersionTransition><NoncurrentDays>1</NoncurrentDays><StorageClass>GLACIER</StorageClass></NoncurrentVersionTransition></Rule>
            </LifecycleConfiguration>
            """
        let rules = try XMLDocument(Array(text.utf8)).root.all("Rule").map { LifecycleRule($0) }
        #expect(
            rules == [
                Self.rule("host/") {
                    $0.name = "a"; $0.expires = true
                },
                Self.rule("") {
                    $0.name = "b"; $0.abortsUploads = true
                },
                Self.rule("x") {
                    $0.name = "c"
                    $0.isEnabled = false
                    $0.expiresNoncurrent = true
                    $0.classes = ["GLACIER"]
                },
            ])
    }
}
