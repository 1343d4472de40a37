import Primitives
import Storage

/// What is to be thought of how a bucket is set up: facts in, findings out.
struct BucketJudgement {
    let facts: BucketFacts
    let wanted: StoreExpectation
    /// What makes the plain commands reach this server.
    let endpoint: String

    static let ours = "safehold storage configure --apply"

    func findings() -> [StoreFinding] {
        [versions, lock, retention, logging, publicAccess, grants, encryption, onlyTLS, leastTLS]
            + [removal, bounds, mayRemove, lifecycle, replication, names]
    }

    private func plain(_ command: String) -> String {
        "aws s3api \(command) --bucket \(facts.bucket) --endpoint-url \(endpoint)"
    }

    private func unknown(_ topic: String, _ reason: String) -> StoreFinding { StoreFinding(topic, .unknown, reason) }

    private var versions: StoreFinding {
        let topic = "versions"
        switch facts.versions {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(.on?): return StoreFinding(topic, .good, "the bucket keeps every version")
        case .known(let state):
            return StoreFinding(
                topic, .bad,
                "\(state == .suspended ? "keeping versions is suspended" : "the bucket keeps no versions"): whoever may write can replace backups",
                mends: [Self.ours, plain("put-bucket-versioning --versioning-configuration Status=Enabled")])
        }
    }

    private var lock: StoreFinding {
        let topic = "object-lock"
        switch facts.lock {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(let lock?) where lock.isEnabled: return StoreFinding(topic, .good, "the bucket can lock objects")
        case .known:
            return StoreFinding(
                topic, .bad, "the bucket cannot lock objects: whoever may remove can take backups away",
                mends: [
                    "safehold storage configure --create --apply, with the address of a new bucket (some servers lock only in buckets that were made for it)",
                    plain("create-bucket --object-lock-enabled-for-bucket").replacing(
                        "--bucket \(facts.bucket)", with: "--bucket NEW-BUCKET"),
                ])
        }
    }

    private var retention: StoreFinding {
        let topic = "default-retention"
        switch facts.lock {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(let lock):
            guard let lock, lock.isEnabled else {
                return StoreFinding(topic, .unknown, "there is none without object lock")
            }
            guard let found = lock.retention else { return withoutRetention(topic) }
            if let locks = wanted.locks, found.days > Int(locks.maximumDays) {
                return StoreFinding(
                    topic, .bad,
                    "everything is locked for \(found.days) days, longer than the \(locks.maximumDays) that the repository's locks allow",
                    mends: retentionMends(locks))
            }
            return StoreFinding(
                topic, .good, "what is written is locked for \(found.days) days (\(found.mode)) by itself")
        }
    }

    private func withoutRetention(_ topic: String) -> StoreFinding {
        guard let locks = wanted.locks else {
            return StoreFinding(
                topic, .bad, "nothing is locked: neither by the bucket's default nor by the repository's locks",
                mends: ["safehold storage lock --mode compliance --class standard=30"])
        }
        return StoreFinding(
            topic, .bad, "what is written past Safehold, or by an older one, is not locked",
            mends: retentionMends(locks))
    }

    private func retentionMends(_ locks: StoreExpectation.Locks) -> [String] {
        let rule =
            "'ObjectLockEnabled=Enabled,Rule={DefaultRetention={Mode=\(locks.mode.uppercased()),Days=\(locks.minimumDays)}}'"
        return [Self.ours, plain("put-object-lock-configuration --object-lock-configuration \(rule)")]
    }

    private var logging: StoreFinding {
        let topic = "access-logs"
        switch facts.logging {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(let target?) where target == facts.bucket:
            return StoreFinding(
                topic, .bad, "access logs go into this bucket itself, where whoever takes it over finds them",
                mends: [Self.ours + " --log-bucket OTHER-BUCKET"])
        case .known(let target?) where !target.isEmpty:
            return StoreFinding(topic, .good, "access is logged into the bucket \(target)")
        case .known:
            let status = "'LoggingEnabled={TargetBucket=LOG-BUCKET,TargetPrefix=\(facts.bucket)/}'"
            return StoreFinding(
                topic, .bad, "access is not logged",
                mends: [
                    Self.ours + " --log-bucket LOG-BUCKET",
                    plain("put-bucket-logging --bucket-logging-status \(status)"),
                ])
        }
    }

    private var publicAccess: StoreFinding {
        let topic = "public-access-block"
        switch facts.publicBlock {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(let block?) where block.open.isEmpty:
            return StoreFinding(topic, .good, "policies and access lists cannot make it public")
        case .known(let block):
            let open = block?.open ?? BucketFacts.PublicBlock.names
            let all = BucketFacts.PublicBlock.names.map { "\($0)=true" }.joined(separator: ",")
            return StoreFinding(
                topic, .bad, "it can be made public: \(open.joined(separator: ", ")) off",
                mends: [Self.ours, plain("put-public-access-block --public-access-block-configuration \(all)")])
        }
    }

    private var grants: StoreFinding {
        let topic = "public-access"
        if case .known(let policy?) = facts.policy,
            let open = policy.statements.first(where: { $0.isAllowance && $0.isForAll && $0.isUnconditional })
        {
            return StoreFinding(
                topic, .bad,
                "the bucket's policy lets everybody in (statement '\(open.name)')",
                mends: [
                    plain("get-bucket-policy") + ", take the statement out, then "
                        + plain("put-bucket-policy --policy file://policy.json")
                ])
        }
        if case .known(let groups?) = facts.publicGrants, !groups.isEmpty {
            return StoreFinding(
                topic, .bad, "the bucket's access list lets in \(groups.joined(separator: ", "))",
                mends: [plain("put-bucket-acl --acl private"), "s3cmd setacl --acl-private s3://\(facts.bucket)"])
        }
        for case .unknown(let reason) in [facts.policy.asUnknown, facts.publicGrants.asUnknown] {
            return unknown(topic, reason)
        }
        return StoreFinding(topic, .good, "neither policy nor access list lets everybody in")
    }

    private var encryption: StoreFinding {
        let topic = "encryption"
        switch facts.encryption {
        case .unknown(let reason): return unknown(topic, reason)
        case .known(let algorithm?):
            return StoreFinding(topic, .good, "the server encrypts by \(algorithm), in addition to us")
        case .known:
            let rule = "'Rules=[{ApplyServerSideEncryptionByDefault={SSEAlgorithm=AES256}}]'"
            return StoreFinding(
                topic, .bad,
                "the server does not encrypt; backups are sealed before they are sent, yet names and sizes lie open on its disks",
                mends: [Self.ours, plain("put-bucket-encryption --server-side-encryption-configuration \(rule)")])
        }
    }
}

extension Asked {
    /// Without the value, so that answers of different kinds can stand side by side.
    var asUnknown: Asked<Bool> {
        switch self {
        case .known: .known(true)
        case .unknown(let reason): .unknown(reason)
        }
    }
}
