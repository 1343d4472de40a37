import Crypto
import FoundationEssentials
import NIOHTTP1
import Primitives
import Storage

/// What has to be asked of the server so that a bucket becomes as it should be.
struct BucketPlan {
    /// One request: a part of the bucket's configuration and its new value.
    struct Step: Sendable, Equatable {
        var topic: String
        var words: String
        /// The name of the part in the request; empty for the bucket itself.
        var part: String
        var body: String
    }

    let facts: BucketFacts
    let wanted: StoreExpectation
    /// The rules as the server has them, so that those of others are given back unchanged.
    let lifecycleRules: [XMLDocument.Element]

    var steps: [Step] {
        get throws { [versions, retention, publicBlock, encryption, try policy, lifecycle, logging].compactMap { $0 } }
    }

    private var versions: Step? {
        guard case .known(let state) = facts.versions, state != .on else { return nil }
        return Step(
            topic: "versions", words: "keep every version of what is written",
            part: "versioning", body: "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>")
    }

    private var retention: Step? {
        guard let locks = wanted.locks, case .known(let lock?) = facts.lock, lock.isEnabled else { return nil }
        if let found = lock.retention, found.days <= Int(locks.maximumDays) { return nil }
        let (mode, days) = (locks.mode.uppercased(), locks.minimumDays)
        return Step(
            topic: "default-retention",
            words: "lock what is written for \(days) days (\(locks.mode)) unless it says otherwise",
            part: "object-lock",
            body:
                "<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled><Rule><DefaultRetention><Mode>\(mode)</Mode><Days>\(days)</Days></DefaultRetention></Rule></ObjectLockConfiguration>"
        )
    }

    private var publicBlock: Step? {
        guard case .known(let block) = facts.publicBlock, block?.open.isEmpty != true else { return nil }
        let switches = BucketFacts.PublicBlock.names.map { "<\($0)>true</\($0)>" }.joined()
        return Step(
            topic: "public-access-block", words: "let neither policy nor access list make it public",
            part: "publicAccessBlock",
            body: "<PublicAccessBlockConfiguration>\(switches)</PublicAccessBlockConfiguration>")
    }

    private var encryption: Step? {
        guard case .known(nil) = facts.encryption else { return nil }
        return Step(
            topic: "encryption", words: "let the server encrypt by AES256, in addition to us", part: "encryption",
            body:
                "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule></ServerSideEncryptionConfiguration>"
        )
    }

    /// What is refused already is not refused twice.
    private var policy: Step? {
        get throws {
            guard case .known(let found) = facts.policy else { return nil }
            let (rules, present) = (BucketRules(facts), found?.statements ?? [])
            var added: [PolicyStatement] = []
            // Over plain http on this machine, they would shut us out.
            if facts.isEncrypted {
                if !present.contains(where: rules.refusesPlainRequests) { added.append(rules.onlyTLS) }
                if !present.contains(where: rules.refusesOldTLS) { added.append(rules.leastTLS) }
            }
            let free = wanted.writers.filter { !rules.refusesRemoval(present, by: $0) }
            if !free.isEmpty { added += rules.removal(by: wanted.writers) }
            if let locks = wanted.locks {
                let kept = present.compactMap { rules.bounds($0, locks) }
                if !(kept.contains(.most) && kept.contains(.least)) { added += rules.bounds(locks) }
            }
            guard !added.isEmpty else { return nil }
            let merged = (found ?? .empty).merging(added)
            let names = added.map(\.name).joined(separator: ", ")
            return Step(
                topic: "policy", words: "add to the bucket's policy, beside what is there: \(names)", part: "policy",
                body: String(decoding: try merged.encoded, as: UTF8.self))
        }
    }

    private var lifecycle: Step? {
        guard case .known(let found) = facts.lifecycle else { return nil }
        let rules = found ?? []
        let harmful = rules.filter { $0.harm(below: facts.prefix) != nil }.map(\.name)
        let aborts = rules.contains { $0.isEnabled && $0.abortsUploads && facts.prefix.hasPrefix($0.prefix) }
        guard !harmful.isEmpty || !aborts else { return nil }
        var kept = zip(rules, lifecycleRules).map { rule, element in
            rule.harm(below: facts.prefix) == nil ? element : element.setting("Status", to: "Disabled")
        }
        var words: [String] = []
        if !harmful.isEmpty { words.append("switch off \(harmful.map { "'\($0)'" }.joined(separator: ", "))") }
        if !aborts {
            kept.append(abortRule)
            words.append("remove what uploads left behind after a week")
        }
        return Step(
            topic: "lifecycle", words: words.joined(separator: ", and "), part: "lifecycle",
            body: "<LifecycleConfiguration>\(kept.map(\.written).joined())</LifecycleConfiguration>")
    }

    private var abortRule: XMLDocument.Element {
        func element(_ name: String, _ text: String = "", _ children: [XMLDocument.Element] = []) -> XMLDocument.Element
        {
            XMLDocument.Element(name: name, text: text, children: children)
        }
        return element(
            "Rule", "",
            [
                element("ID", "safehold-left-uploads"),
                element("Filter", "", [element("Prefix", facts.prefix)]), element("Status", "Enabled"),
                element("AbortIncompleteMultipartUpload", "", [element("DaysAfterInitiation", "7")]),
            ])
    }

    private var logging: Step? {
        guard let target = wanted.logBucket, case .known(let found) = facts.logging, found != target else { return nil }
        return Step(
            topic: "access-logs", words: "log access into the bucket \(target), below \(facts.bucket)/",
            part: "logging",
            body:
                "<BucketLoggingStatus xmlns=\"http://doc.s3.amazonaws.com/2006-03-01\"><LoggingEnabled><TargetBucket>\(XMLDocument.Element.escaped(target))</TargetBucket><TargetPrefix>\(facts.bucket)/</TargetPrefix></LoggingEnabled></BucketLoggingStatus>"
        )
    }
}

extension S3Store {
    package func judge(_ wanted: StoreExpectation, tryingAt scratch: ObjectName) throws -> [StoreFinding] {
        var facts = try bucketFacts()
        facts.mayRemove = try mayRemove(scratch)
        facts.names = try overwrittenNames(except: address.key(of: scratch.path))
        return BucketJudgement(facts: facts, wanted: wanted, endpoint: address.endpoint.text).findings()
    }

    package func plan(_ wanted: StoreExpectation) throws -> [StoreChange] {
        let answer = try client.perform(S3Request(method: .GET, query: [("lifecycle", "")])).answer
        let rules = answer.isFine ? (try? XMLDocument(answer.body).root.all("Rule")) ?? [] : []
        let plan = BucketPlan(facts: try bucketFacts(), wanted: wanted, lifecycleRules: rules)
        return try plan.steps.map { step in
            StoreChange(step.topic, step.words, request: "PUT ?\(step.part) \(step.body)") { [self] in try apply(step) }
        }
    }

    private func apply(_ step: BucketPlan.Step) throws {
        var request = S3Request(method: .PUT, query: [(step.part, "")])
        request.body = .of(Array(step.body.utf8))
        let digest = Data(Insecure.MD5.hash(data: Array(step.body.utf8)))
        request.headers = [("content-md5", digest.base64EncodedString())]
        let answer = try client.perform(request).answer
        guard answer.isFine else { throw S3Failure.answered(answer, "setting '\(step.part)' of the bucket", address) }
        if step.part == "versioning" { bucketVersioning.withLock { $0 = nil } }
        if step.part == "object-lock" { bucketLocks.withLock { $0 = nil } }
    }

    /// With object lock, which some servers give only to buckets that are made with it.
    package func create() throws {
        var request = S3Request(method: .PUT)
        request.headers = [("x-amz-bucket-object-lock-enabled", "true")]
        if address.endpoint.host.hasSuffix(".amazonaws.com"), address.region != "us-east-1" {
            let place = "<LocationConstraint>\(address.region)</LocationConstraint>"
            request.body = .of(Array("<CreateBucketConfiguration>\(place)</CreateBucketConfiguration>".utf8))
        }
        let answer = try client.perform(request).answer
        guard answer.isFine else { throw S3Failure.answered(answer, "making the bucket", address) }
    }
}
