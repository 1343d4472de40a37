import Primitives
import Storage

/// The statements that a bucket with backups should have in its policy, and how they are found in whatever spelling.
struct BucketRules {
    enum Bound: Equatable { case least, most }

    private let bucket: String
    private let prefix: String

    init(_ facts: BucketFacts) { (bucket, prefix) = (facts.bucket, facts.prefix) }

    private var whole: String { "arn:aws:s3:::\(bucket)" }
    private var inside: String { "arn:aws:s3:::\(bucket)/\(prefix)*" }

    // MARK: Found

    func refusesPlainRequests(_ statement: PolicyStatement) -> Bool {
        refusesEverything(statement) && statement.condition("Bool", "aws:SecureTransport") == ["false"]
    }

    func refusesOldTLS(_ statement: PolicyStatement) -> Bool {
        refusesEverything(statement)
            && statement.condition("NumericLessThan", "s3:TlsVersion").contains { Double($0) ?? 0 >= 1.2 }
    }

    /// With one condition at most: every further one would leave a gap.
    private func refusesEverything(_ statement: PolicyStatement) -> Bool {
        statement.isDenial && statement.isForAll && statement.conditions == 1
            && ["s3:PutObject", "s3:GetObject", "s3:ListBucket", "s3:DeleteObjectVersion"].allSatisfy {
                statement.covers(action: $0)
            } && statement.covers(resource: inside) && statement.covers(resource: whole)
    }

    func refusesRemoval(_ statements: [PolicyStatement], by writer: String) -> Bool {
        Self.removing.allSatisfy { action in
            statements.contains { statement in
                statement.isDenial && statement.isUnconditional && statement.covers(action: action)
                    && statement.covers(resource: inside)
                    && (statement.isForAll || statement.principals.contains(writer))
            }
        }
    }

    /// Which bound of locks a statement keeps; nil for none, or for one that is wider than the repository's.
    func bounds(_ statement: PolicyStatement, _ locks: StoreExpectation.Locks?) -> Bound? {
        guard let locks, statement.isDenial, statement.isForAll, statement.conditions == 1,
            statement.covers(action: "s3:PutObjectRetention"), statement.covers(resource: inside)
        else { return nil }
        let most = statement.condition("NumericGreaterThan", Self.remaining).compactMap { Double($0) }
        if most.contains(where: { $0 <= Double(locks.maximumDays) }) { return .most }
        let least = statement.condition("NumericLessThan", Self.remaining).compactMap { Double($0) }
        return least.contains { $0 >= Double(Self.least(locks)) } ? .least : nil
    }

    // MARK: Wanted

    private static let remaining = "s3:object-lock-remaining-retention-days"
    private static let removing = ["s3:DeleteObject", "s3:DeleteObjectVersion"]

    /// A backup may take days, and its locks are reckoned from when it began.
    private static func least(_ locks: StoreExpectation.Locks) -> UInt32 {
        locks.minimumDays > 7 ? locks.minimumDays - 7 : 1
    }

    var onlyTLS: PolicyStatement {
        denial("SafeholdOnlyTLS", ["s3:*"], [whole, whole + "/*"], ["Bool": ["aws:SecureTransport": "false"]])
    }

    var leastTLS: PolicyStatement {
        denial("SafeholdLeastTLS", ["s3:*"], [whole, whole + "/*"], ["NumericLessThan": ["s3:TlsVersion": "1.2"]])
    }

    func removal(by writers: [String]) -> [PolicyStatement] {
        let rules = [
            "s3:PutLifecycleConfiguration", "s3:PutBucketVersioning", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy",
            "s3:PutBucketObjectLockConfiguration", "s3:DeleteBucket",
        ]
        return [
            denial(
                "SafeholdWritersRemoveNothing", Self.removing + ["s3:BypassGovernanceRetention"], [inside], by: writers),
            denial("SafeholdWritersChangeNoRules", rules, [whole], by: writers),
        ]
    }

    func bounds(_ locks: StoreExpectation.Locks) -> [PolicyStatement] {
        let actions = ["s3:PutObjectRetention"]
        return [
            denial(
                "SafeholdLocksAtMost", actions, [inside],
                ["NumericGreaterThan": [Self.remaining: String(locks.maximumDays)]]),
            denial(
                "SafeholdLocksAtLeast", actions, [inside],
                ["NumericLessThan": [Self.remaining: String(Self.least(locks))]]),
        ]
    }

    private func denial(
        _ name: String, _ actions: [String], _ resources: [String], _ conditions: [String: [String: String]] = [:],
        by principals: [String] = ["*"]
    ) -> PolicyStatement {
        func list(_ words: [String]) -> PolicyValue { .list(words.map { .text($0) }) }
        var members: [String: PolicyValue] = [
            "Sid": .text(name), "Effect": .text("Deny"), "Principal": .object(["AWS": list(principals)]),
            "Action": list(actions), "Resource": list(resources),
        ]
        if !conditions.isEmpty {
            members["Condition"] = .object(conditions.mapValues { .object($0.mapValues { .text($0) }) })
        }
        return PolicyStatement(value: .object(members))
    }
}
