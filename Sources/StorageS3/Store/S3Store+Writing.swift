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
        if conditions.withLock({ $0 }) != .kept, try status(of: name) != nil { return .exists }
        let outcome = try upload(content, as: name)
        switch outcome.answer.status {
        case 200..<300:
            let isOurs = try holds(name, content)
            guard isOurs || conditions.withLock({ $0 }) != .kept else {
                throw Failure.damaged(
                    name, "is not what was uploaded a moment ago: the server \(address.endpoint.text) altered it")
            }
            if isOurs { try tryConditions(content, as: name) }
            return isOurs ? .created : .exists
        case 412:
            // An answer that was lost on its way may have been to us.
            return try outcome.mayHaveHappened && holds(name, content) ? .created : .exists
        case 501 where conditions.withLock({ $0 }) != .ignored:
            conditions.withLock { $0 = .ignored }
            return try write(content, as: name)
        default: throw S3Failure.answered(outcome.answer, "writing \(name)", address)
        }
    }

    private func upload(_ content: Content, as name: ObjectName) throws -> S3Client.Outcome {
        var request = S3Request(method: .PUT, key: address.key(of: name.path))
        request.headers = [("x-amz-checksum-sha256", Data(content.digest).base64EncodedString())]
        if conditions.withLock({ $0 }) != .ignored { request.headers.append(("if-none-match", "*")) }
        request.body = content
        return try client.perform(request) {
            // A server that had enough may have hung up while the body was still on its way.
            guard try status(of: name) != nil else { return nil }
            return S3Answer(status: 412, headers: [:], body: [])
        }
    }

    /// Whether the object under this name is this content: by size, and by what the server kept of its hash, or else by reading it.
    private func holds(_ name: ObjectName, _ content: Content) throws -> Bool {
        guard let status = try status(of: name), status.bytes == content.count else { return false }
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

    /// Tried with FORMAT, which is written again as it is: a server that keeps its word refuses that, and otherwise nothing has changed.
    package func refusesTakenNames() throws -> Bool {
        if conditions.withLock({ $0 }) == .unknown {
            let format = ObjectName("FORMAT")
            try tryConditions(.of(try readAll(format, limit: 64 << 10)), as: format)
        }
        return conditions.withLock { $0 } == .kept
    }

    package func remove(_ name: ObjectName) throws {
        let answer = try client.perform(S3Request(method: .DELETE, key: address.key(of: name.path))).answer
        guard answer.isFine || (answer.status == 404 && answer.code != "NoSuchBucket") else {
            throw S3Failure.answered(answer, "removing \(name)", address)
        }
    }
}
