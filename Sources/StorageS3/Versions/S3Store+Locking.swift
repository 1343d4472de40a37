import Crypto
import FoundationEssentials
import NIOHTTP1
import Primitives
import Storage

/// Object lock, as far as the bucket has it. Every lock is looked at after it was set: some servers take one and drop it.
extension S3Store: ObjectLocking {
    /// Nil only where the server says that the bucket locks nothing. Where that cannot be learned, whoever wants a lock learns why when he
    /// sets one: to go on without would be worse.
    package var locking: (any ObjectLocking)? { (try? locksObjects()) == false ? nil : self }

    private func locksObjects() throws -> Bool {
        if let known = bucketLocks.withLock({ $0 }) { return known }
        let found = try versioning() == .on && asksForLocks()
        bucketLocks.withLock { $0 = found }
        return found
    }

    private func asksForLocks() throws -> Bool {
        let answer = try client.perform(S3Request(method: .GET, query: [("object-lock", "")])).answer
        switch answer.status {
        case 200..<300:
            let root = try? XMLDocument(answer.body).root
            guard let root, root.name == "ObjectLockConfiguration" else {
                throw S3Failure.misanswered("does not say whether the bucket locks objects", address)
            }
            return root.text(of: "ObjectLockEnabled") == "Enabled"
        case 404 where answer.code != "NoSuchBucket": return false
        case 405, 501: return false
        default: throw S3Failure.answered(answer, "asking whether the bucket locks objects", address)
        }
    }

    package func lockNewObjects(_ lock: ObjectLock?) { newLock.withLock { $0 = lock } }

    package func lock(of name: ObjectName) throws -> ObjectLock? { try lock(of: name, try present(name)) }

    package func extendLock(of name: ObjectName, _ lock: ObjectLock) throws {
        let version = try present(name)
        let old = try self.lock(of: name, version)
        if let old, old.until >= lock.until { return }
        // A longer lock is no reason for a weaker one.
        let wanted = ObjectLock(mode: old?.mode == .compliance ? .compliance : lock.mode, until: lock.until)
        try setLock(wanted, of: name, version)
        guard let now = try self.lock(of: name, version), now.satisfies(wanted) else {
            throw notLocked(name, "took a lock until \(wanted.until) and does not have it")
        }
    }

    package func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws {
        let version = try present(name)
        let body = "<LegalHold\(Self.namespace)><Status>\(isHeld ? "ON" : "OFF")</Status></LegalHold>"
        let answer = try ask(.PUT, "legal-hold", of: name, version, body)
        guard answer.isFine else {
            throw S3Failure.answered(answer, "\(isHeld ? "holding" : "releasing") \(name)", address)
        }
        guard try hasLegalHold(name, version) == isHeld else {
            throw notLocked(name, isHeld ? "took a legal hold and does not have it" : "keeps its legal hold")
        }
    }

    package func hasLegalHold(_ name: ObjectName) throws -> Bool { try hasLegalHold(name, try present(name)) }

    package func now() throws -> Timestamp {
        let answer = try client.perform(S3Request(method: .HEAD)).answer
        guard let date = answer.date else { throw S3Failure.misanswered("does not say what time it has", address) }
        return date
    }

    // MARK: One version

    /// The version that is the object; throws `object-missing`.
    private func present(_ name: ObjectName) throws -> String {
        guard let first = try firstVersion(of: name) else { throw Failure.objectMissing(name, in: location) }
        return first.id
    }

    private func lock(of name: ObjectName, _ version: String) throws -> ObjectLock? {
        let answer = try ask(.GET, "retention", of: name, version)
        guard let root = try found(answer, "Retention", "lock", of: name) else { return nil }
        return Protection.lock(root.text(of: "Mode"), root.text(of: "RetainUntilDate"), at: answer.date)
    }

    private func hasLegalHold(_ name: ObjectName, _ version: String) throws -> Bool {
        let answer = try ask(.GET, "legal-hold", of: name, version)
        return try found(answer, "LegalHold", "legal hold", of: name)?.text(of: "Status") == "ON"
    }

    /// What was asked of a version; nil where there is none of it.
    private func found(_ answer: S3Answer, _ element: String, _ what: String, of name: ObjectName) throws
        -> XMLDocument.Element?
    {
        // Amazon's word for it, and Ceph's.
        if ["NoSuchObjectLockConfiguration", "ObjectLockConfigurationNotFoundError"].contains(answer.code) {
            return nil
        }
        if answer.status == 404, answer.code != "NoSuchBucket" { throw Failure.objectMissing(name, in: location) }
        guard answer.isFine else { throw S3Failure.answered(answer, "asking for the \(what) of \(name)", address) }
        // Some servers answer with the object itself.
        guard let root = try? XMLDocument(answer.body).root, root.name == element else {
            throw S3Failure.misanswered("does not say what \(what) \(name) has", address)
        }
        return root
    }

    private func setLock(_ lock: ObjectLock, of name: ObjectName, _ version: String) throws {
        let body =
            "<Retention\(Self.namespace)><Mode>\(lock.mode.word)</Mode><RetainUntilDate>\(lock.until)</RetainUntilDate></Retention>"
        let answer = try ask(.PUT, "retention", of: name, version, body)
        guard answer.isFine else { throw S3Failure.answered(answer, "locking \(name)", address) }
    }

    private func ask(_ method: HTTPMethod, _ what: String, of name: ObjectName, _ version: String, _ body: String = "")
        throws -> S3Answer
    {
        var request = S3Request(method: method, key: address.key(of: name.path))
        request.query = [(what, ""), ("versionId", version)]
        if !body.isEmpty {
            request.body = .of(Array(body.utf8))
            // Amazon takes no change of a lock without one.
            let digest = Data(Insecure.MD5.hash(data: Array(body.utf8)))
            request.headers = [("content-md5", digest.base64EncodedString())]
        }
        return try client.perform(request).answer
    }

    private static let namespace = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\""

    // MARK: What is written

    /// What the request that writes says of a lock.
    static func headers(_ lock: ObjectLock) -> [(name: String, value: String)] {
        [
            ("x-amz-object-lock-mode", lock.mode.word),
            ("x-amz-object-lock-retain-until-date", lock.until.description),
        ]
    }

    /// After a write that asked for a lock: whether it has one. Nothing is believed that does not stand there.
    func checkLock(_ lock: ObjectLock, of name: ObjectName, _ version: String) throws {
        guard let answer = try look(at: name, version: version), answer.isFine,
            Protection(answer).lock?.satisfies(lock) == true
        else {
            // The headers need a right of their own, and some servers drop the lock.
            try setLock(lock, of: name, version)
            guard try self.lock(of: name, version)?.satisfies(lock) == true else {
                throw notLocked(name, "was written with a lock until \(lock.until) and does not have it")
            }
            return
        }
    }

    func notLocked(_ name: ObjectName, _ what: String) -> Failure {
        Failure(
            .storageMisconfigured, "\(location): \(name) \(what).",
            advice:
                "Make the bucket with object lock, and use a server that keeps its word about it; until then nothing is safe from being removed."
        )
    }
}

extension ObjectLock {
    /// Whether it keeps at least what `other` asks for.
    func satisfies(_ other: ObjectLock) -> Bool {
        until >= other.until && (mode == .compliance || other.mode == .governance)
    }
}
