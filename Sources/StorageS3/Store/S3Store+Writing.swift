import FoundationEssentials
import NIOHTTP1
import Primitives
import Storage

extension S3Store {
    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        try write(.of(bytes), as: name)
    }

    /// Uploads in one request that refuses a taken name, and looks at what is there then.
    func write(_ content: Content, as name: ObjectName) throws -> PutOutcome {
        // Where a server may ignore the condition, who comes later is at least told so.
        if conditions.withLock({ $0 }) != .kept, try status(of: name, version: nil) != nil { return .exists }
        let lock = newLock.withLock { $0 }
        let outcome = try upload(content, as: name, lock)
        switch outcome.answer.status {
        case 200..<300:
            try checkEncryption(outcome.answer)
            return try settle(outcome, content, name, lock)
        case 412:
            // An answer that was lost on its way may have been to us.
            guard try outcome.mayHaveHappened && holds(name, content) else { return .exists }
            return try created(name, lock)
        case 501 where conditions.withLock({ $0 }) != .ignored:
            conditions.withLock { $0 = .ignored }
            return try write(content, as: name)
        default: throw S3Failure.answered(outcome.answer, "writing \(name)", address)
        }
    }

    /// Who was first, after the server took an upload.
    private func settle(_ outcome: S3Client.Outcome, _ content: Content, _ name: ObjectName, _ lock: ObjectLock?) throws
        -> PutOutcome
    {
        if try versioning() == .on {
            return try isFirst(outcome, content, name) ? created(name, lock) : .exists
        }
        let isOurs = try holds(name, content)
        guard isOurs || conditions.withLock({ $0 }) != .kept else { throw altered(name) }
        if isOurs { try tryConditions(content, as: name) }
        return isOurs ? .created : .exists
    }

    private func created(_ name: ObjectName, _ lock: ObjectLock?) throws -> PutOutcome {
        guard let lock else { return .created }
        guard try versioning() == .on, let version = try firstVersionID(of: name) else {
            throw notLocked(name, "cannot be locked, for the bucket keeps no versions")
        }
        try checkLock(lock, of: name, version)
        return .created
    }

    /// The first version of the name counts, whatever the server makes of conditions. One that came too late stays where it is: whoever
    /// may only add cannot remove it, and it is never read.
    private func isFirst(_ outcome: S3Client.Outcome, _ content: Content, _ name: ObjectName) throws -> Bool {
        guard let ours = outcome.answer.header("x-amz-version-id") else {
            throw S3Failure.misanswered("keeps versions, but did not say which one it made of \(name)", address)
        }
        guard let first = try firstVersion(of: name) else {
            throw Failure.damaged(name, "is not listed a moment after it was uploaded to \(address.endpoint.text)")
        }
        if first.id != ours {
            // An earlier attempt, whose answer was lost, may have been the first.
            return try outcome.mayHaveHappened && holds(name, first, content)
        }
        guard try holds(name, first, content) else { throw altered(name) }
        return true
    }

    /// Who asks a server to encrypt is not left in the belief that it did.
    private func checkEncryption(_ answer: S3Answer) throws {
        guard let wanted = address.preferences.encryption?.algorithm,
            answer.header("x-amz-server-side-encryption") != wanted
        else { return }
        throw Failure(
            .storageMisconfigured,
            "The S3 server \(address.endpoint.text) did not encrypt as 'sse=\(wanted)' asks it to.",
            advice: "Leave 'sse' out (backups are encrypted before they are sent), or use a server that has it.")
    }

    private func altered(_ name: ObjectName) -> Failure {
        Failure.damaged(name, "is not what was uploaded a moment ago: the server \(address.endpoint.text) altered it")
    }

    private func upload(_ content: Content, as name: ObjectName, _ lock: ObjectLock?) throws -> S3Client.Outcome {
        var request = S3Request(method: .PUT, key: address.key(of: name.path))
        request.headers = [("x-amz-checksum-sha256", Data(content.digest).base64EncodedString())]
        request.headers += address.preferences.headers(for: content.count)
        if let lock { request.headers += Self.headers(lock) }
        if conditions.withLock({ $0 }) != .ignored { request.headers.append(("if-none-match", "*")) }
        request.body = content
        return try client.perform(request) {
            // A server that had enough may have hung up while the body was still on its way.
            guard try size(of: name) != nil else { return nil }
            return S3Answer(status: 412, headers: [:], body: [])
        }
    }

    /// Whether the object under this name is this content.
    private func holds(_ name: ObjectName, _ content: Content) throws -> Bool {
        guard try versioning() == .off else {
            guard let first = try firstVersion(of: name) else { return false }
            return try holds(name, first, content)
        }
        return try holds(name, version: nil, content)
    }

    /// By the list alone, where that is enough.
    private func holds(_ name: ObjectName, _ version: Version, _ content: Content) throws -> Bool {
        guard version.content.bytes == content.count else { return false }
        if version.content.entityTag == (try content.md5()) { return true }
        return try holds(name, version: version.id, content)
    }

    /// By size, and by what the server kept of its hash, or else by reading it.
    private func holds(_ name: ObjectName, version: String?, _ content: Content) throws -> Bool {
        guard let status = try status(of: name, version: version), status.bytes == content.count else { return false }
        // Servers that compose checksums mark them with a dash.
        if let checksum = status.checksum, !checksum.contains("-") {
            return checksum == Data(content.digest).base64EncodedString()
        }
        // Of an object that the server encrypts, the tag is not the MD5.
        if status.entityTag == (try content.md5()) { return true }
        return try readBack(name, content)
    }

    private func readBack(_ name: ObjectName, _ content: Content) throws -> Bool {
        var offset: Int64 = 0
        var isSame = true
        try content.forEachPiece { piece in
            guard isSame else { return }
            let stored = try readRange(name, at: offset, count: piece.count)
            isSame = stored.elementsEqual(piece)
            offset += Int64(piece.count)
        }
        return isSame
    }

    /// Writes what is there once more, which a server that keeps its word refuses. Costs one small request a run.
    private func tryConditions(_ content: Content, as name: ObjectName) throws {
        guard conditions.withLock({ $0 }) == .unknown, content.count <= 64 << 10 else { return }
        var request = S3Request(method: .PUT, key: address.key(of: name.path))
        request.headers = [("if-none-match", "*")]
        request.body = content
        let answer = try client.perform(request).answer
        conditions.withLock { $0 = answer.status == 412 ? .kept : .ignored }
    }

    /// Where versions are kept, the first one counts. Elsewhere it is tried with FORMAT, which is written again as it is: a server that
    /// keeps its word refuses that, and otherwise nothing has changed.
    package func refusesTakenNames() throws -> Bool {
        if try versioning() == .on { return true }
        if conditions.withLock({ $0 }) == .unknown {
            let format = ObjectName("FORMAT")
            try tryConditions(.of(try readAll(format, limit: 64 << 10)), as: format)
        }
        return try conditions.withLock({ $0 }) == .kept && rivalsAreRefused()
    }

    /// Sixteen write a new name at the same moment, and one may have it: some servers look first and write later, so that one after the
    /// other is refused, and rivals are not. The name leads nowhere, and is taken away again.
    private func rivalsAreRefused() throws -> Bool {
        let name = ObjectName("index/trial/" + Hex.encode((0..<16).map { _ in UInt8.random(in: 0...255) }))
        defer { try? remove(name) }
        let winners = Monitor(0)
        for _ in 0..<3 where winners.withLock({ $0 }) < 2 {
            winners.withLock { $0 = 0 }
            try Concurrently.forEach(Array(0..<16), threads: 16) { [self] rival in
                var request = S3Request(method: .PUT, key: address.key(of: name.path))
                request.headers = [("if-none-match", "*")]
                request.body = .of([UInt8(rival)])
                let outcome = try client.perform(request)
                // What was asked twice proves nothing against the server.
                if outcome.answer.isFine, !outcome.mayHaveHappened { winners.withLock { $0 += 1 } }
            }
            try remove(name)
        }
        return winners.withLock { $0 } < 2
    }
}
