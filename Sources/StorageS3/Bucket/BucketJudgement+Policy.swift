import Primitives
import Storage

/// What the bucket's policy has to refuse, and what may happen to objects that are there.
extension BucketJudgement {
    var onlyTLS: StoreFinding {
        let topic = "tls-only"
        return judge(
            topic, "the policy refuses requests that are not encrypted, if the server keeps to it",
            "requests that are not encrypted are taken"
        ) {
            $0.contains { BucketRules(facts).refusesPlainRequests($0) }
        }
    }

    var leastTLS: StoreFinding {
        judge(
            "tls-version", "the policy refuses old versions of TLS, if the server keeps to it",
            "old versions of TLS are not refused"
        ) {
            $0.contains { BucketRules(facts).refusesOldTLS($0) }
        }
    }

    var removal: StoreFinding {
        let topic = "writers-remove-nothing"
        guard !wanted.writers.isEmpty else {
            return StoreFinding(topic, .unknown, "nobody said who only writes: name them by --writer")
        }
        let rules = BucketRules(facts)
        switch facts.policy {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(let policy):
            let statements = policy?.statements ?? []
            let free = wanted.writers.filter { writer in !rules.refusesRemoval(statements, by: writer) }
            if free.isEmpty { return StoreFinding(topic, .good, "whoever only writes may not remove") }
            return StoreFinding(
                topic, .bad, "not refused by the policy: removal by \(free.joined(separator: ", "))",
                mends: [Self.ours + wanted.writers.map { " --writer '\($0)'" }.joined(), policyCommand])
        }
    }

    var bounds: StoreFinding {
        let topic = "lock-bounds"
        guard wanted.locks != nil else {
            return StoreFinding(topic, .unknown, "the repository has no signed locks to compare with")
        }
        return judge(
            topic, "locks beyond the repository's bounds are refused",
            "a lock may be set that is longer or shorter than the repository's bounds"
        ) {
            let rules = BucketRules(facts)
            return $0.contains { rules.bounds($0, wanted.locks) == .most }
                && $0.contains { rules.bounds($0, wanted.locks) == .least }
        }
    }

    var mayRemove: StoreFinding {
        let topic = "these-credentials"
        switch facts.mayRemove {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(true?) where wanted.isAdministrator:
            return StoreFinding(topic, .good, "they may remove, as an administrator's have to")
        case .known(true?):
            return StoreFinding(
                topic, .bad, "they may remove: whoever takes this host over takes the backups away",
                mends: [
                    "give this host others, without s3:DeleteObject and s3:DeleteObjectVersion (docs/s3.md); --administrator says that these are an administrator's"
                ])
        case .known:
            return StoreFinding(topic, .good, "they may not remove, which was tried with an object that stays")
        }
    }

    var lifecycle: StoreFinding {
        let topic = "lifecycle"
        switch facts.lifecycle {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(let rules):
            let harms = (rules ?? []).compactMap { rule in
                rule.harm(below: facts.prefix).map { "rule '\(rule.name)' \($0)" }
            }
            guard harms.isEmpty else {
                return StoreFinding(
                    topic, .bad, harms.joined(separator: "; "),
                    mends: [
                        Self.ours,
                        "aws s3api get-bucket-lifecycle-configuration and put-bucket-lifecycle-configuration --bucket \(facts.bucket) --endpoint-url \(endpoint), without the rule",
                    ])
            }
            let aborts = (rules ?? []).contains {
                $0.isEnabled && $0.abortsUploads && facts.prefix.hasPrefix($0.prefix)
            }
            return StoreFinding(
                topic, .good,
                aborts ? "no rule touches backups, and uploads that were left are removed" : "no rule touches backups")
        }
    }

    var replication: StoreFinding {
        let topic = "replication"
        switch facts.replication {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(let targets?) where !targets.isEmpty:
            return StoreFinding(topic, .good, "the server copies to \(targets.joined(separator: ", "))")
        case .known:
            return StoreFinding(
                topic, .good, "the server copies nowhere by itself; 'safehold replicate' makes copies that are verified"
            )
        }
    }

    var names: StoreFinding {
        let topic = "overwritten-names"
        switch facts.names {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(let names):
            let (over, marked) = (names?.overwritten ?? [], names?.marked ?? [])
            guard let example = marked.first ?? over.first else {
                return StoreFinding(topic, .good, "of \(names?.all ?? 0) names none was written over or marked deleted")
            }
            return StoreFinding(
                topic, .bad,
                "\(over.count) names were written over and \(marked.count) marked deleted, such as \(example): somebody tampered, or two writers met. The first versions count, and are read",
                mends: [
                    "aws s3api list-object-versions --bucket \(facts.bucket) --prefix \(example) --endpoint-url \(endpoint)"
                ])
        }
    }

    private var policyCommand: String {
        "aws s3api put-bucket-policy --bucket \(facts.bucket) --policy file://policy.json --endpoint-url \(endpoint), with the statement that 'safehold storage configure' shows"
    }

    private func judge(_ topic: String, _ good: String, _ bad: String, _ holds: ([PolicyStatement]) -> Bool)
        -> StoreFinding
    {
        switch facts.policy {
        case .unknown(let reason): return StoreFinding(topic, .unknown, reason)
        case .known(let policy):
            if holds(policy?.statements ?? []) { return StoreFinding(topic, .good, good) }
            return StoreFinding(topic, .bad, bad, mends: [Self.ours, policyCommand])
        }
    }
}
