import FoundationEssentials
import Glibc
import NIOHTTP1
import Primitives
import Storage

extension S3Store {
    /// One request for each part; nothing is changed.
    func bucketFacts() throws -> BucketFacts {
        try checkBucket()
        var facts = BucketFacts(
            bucket: address.bucket, prefix: address.prefix.isEmpty ? "" : address.prefix + "/",
            isEncrypted: address.endpoint.isEncrypted)
        facts.versions = try ask("versioning", root: Versioning.names, absent: []) { Versioning($0) }
        facts.lock = try lockConfiguration()
        facts.logging = try ask("logging", root: ["BucketLoggingStatus"], absent: []) {
            .some($0.child("LoggingEnabled")?.text(of: "TargetBucket") ?? "")
        }
        facts.encryption = try ask(
            "encryption", root: ["ServerSideEncryptionConfiguration"],
            absent: ["ServerSideEncryptionConfigurationNotFoundError"]
        ) { $0.child("Rule")?.child("ApplyServerSideEncryptionByDefault")?.text(of: "SSEAlgorithm") }
        facts.lifecycle = try ask(
            "lifecycle", root: ["LifecycleConfiguration"], absent: ["NoSuchLifecycleConfiguration"]
        ) { $0.all("Rule").map { LifecycleRule($0) } }
        facts.replication = try ask(
            "replication", root: ["ReplicationConfiguration"], absent: ["ReplicationConfigurationNotFoundError"]
        ) { Self.targets($0) }
        (facts.publicBlock, facts.publicGrants) = (try publicBlock(), try publicGrants())
        facts.policy = try policy()
        return facts
    }

    private static func targets(_ root: XMLDocument.Element) -> [String] {
        root.all("Rule").filter { $0.text(of: "Status") == "Enabled" }.map {
            $0.child("Destination")?.text(of: "Bucket") ?? ""
        }
    }

    private func publicBlock() throws -> Asked<BucketFacts.PublicBlock?> {
        try ask(
            "publicAccessBlock", root: ["PublicAccessBlockConfiguration"],
            absent: ["NoSuchPublicAccessBlockConfiguration"]
        ) { root in
            .init(open: BucketFacts.PublicBlock.names.filter { root.text(of: $0)?.lowercased() != "true" })
        }
    }

    private func publicGrants() throws -> Asked<[String]?> {
        try ask("acl", root: ["AccessControlPolicy"], absent: []) { root in
            (root.child("AccessControlList")?.all("Grant") ?? []).compactMap { grant in
                // Only groups have an address: everybody, and everybody with an account anywhere.
                grant.child("Grantee")?.text(of: "URI").map { String($0.split(separator: "/").last ?? "") }
            }.filter { $0 != "LogDelivery" }
        }
    }

    func policy() throws -> Asked<PolicyDocument?> {
        let answer = try client.perform(S3Request(method: .GET, query: [("policy", "")])).answer
        if answer.code == "NoSuchBucketPolicy" { return .known(nil) }
        guard answer.isFine else { return .unknown(Self.reason(answer)) }
        guard let policy = PolicyDocument(answer.body) else { return .unknown("the bucket's policy cannot be read") }
        return .known(policy)
    }

    /// Reads the whole list of versions below the prefix.
    func overwrittenNames(except scratch: String) throws -> Asked<BucketFacts.Names?> {
        guard try versioning() != .off else { return .unknown("without versions nothing tells of it") }
        var names = BucketFacts.Names()
        var open: NameHistory?
        let prefix = address.prefix.isEmpty ? "" : address.prefix + "/"
        try forEachVersion(of: prefix, pageSize: 1000) { entry in
            if entry.key.hasPrefix(scratch) { return true }
            if open?.key != entry.key {
                open.map { names.add($0) }
                open = NameHistory(key: entry.key)
            }
            open?.add(entry.content)
            return true
        }
        open.map { names.add($0) }
        return .known(names)
    }

    /// Whether these credentials take an object away, tried with one that is nobody's.
    func mayRemove(_ scratch: ObjectName) throws -> Asked<Bool?> {
        let retains = try lockConfiguration().value??.retention != nil
        if retains {
            let end = try now().nanoseconds.dividedFloor(by: 1_000_000_000) + 6
            lockNewObjects(ObjectLock(mode: .governance, until: Timestamp(nanoseconds: end * 1_000_000_000)))
        }
        defer { lockNewObjects(nil) }
        do {
            _ = try put([1], as: scratch, .immediate)
        } catch let failure as Failure where failure.code == .storageDenied {
            return .unknown("these credentials may not write")
        }
        let answer = try client.perform(S3Request(method: .DELETE, key: address.key(of: scratch.path))).answer
        // It goes by its version, when its lock has ended.
        if retains { sleep(7) }
        do {
            try remove(scratch)
            return .known(true)
        } catch let failure as Failure where [.storageDenied, .objectLocked].contains(failure.code) {
            return .known(answer.isFine)
        }
    }
}
