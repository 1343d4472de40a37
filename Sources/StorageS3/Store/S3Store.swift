import NIOHTTP1
import Primitives
import Storage

/// A repository in a bucket: an object is an object, its name behind the prefix its key. Nothing is written but by single PUTs that
/// refuse a name that is taken, and each is looked at again when it is done.
package final class S3Store: ObjectStore {
    let address: S3Address
    let client: S3Client
    let spoolPlaces: [String]
    /// Whether the server keeps its word about `If-None-Match`, as far as that was tried.
    let conditions = Monitor(Conditions.unknown)

    enum Conditions: Sendable { case unknown, kept, ignored }

    /// Nil until it was asked for.
    let bucketVersioning = Monitor<Versioning?>(nil)
    let firstVersions = Monitor(FirstVersions())
    let bucketLocks = Monitor<Bool?>(nil)
    let newLock = Monitor<ObjectLock?>(nil)

    package var location: String { address.location }

    /// `spoolPlaces` are directories for what waits to be uploaded; the first one that can be used is.
    package init(
        _ address: S3Address, _ credentials: CredentialChain, spoolPlaces: [String],
        bandwidth: BandwidthPlan = .unlimited, patience: Patience = Patience(), clock: WallClock = .system
    ) throws {
        self.address = address
        self.spoolPlaces = spoolPlaces
        let transport = try Transport(address, Pacing(bandwidth), patience: patience)
        client = S3Client(address, credentials, transport, clock: clock)
    }

    /// Throws `storage-missing` where there is no such bucket.
    package func checkBucket() throws {
        let answer = try client.perform(S3Request(method: .HEAD)).answer
        guard !answer.isFine else { return }
        throw answer.status == 404
            ? S3Failure.noBucket(address) : S3Failure.answered(answer, "looking for the bucket", address)
    }

    package func stage() throws -> any StagedObject { try SpooledObject(store: self) }

    /// Every write is on the server's medium when it returns: there is nothing to wait for.
    package func flush() throws {}

    /// An upload that was cut off leaves nothing, and what waits to be uploaded has no name.
    package func removeAbandoned() throws -> Int { 0 }

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard buffer.count > 0 else {
            guard try size(of: name) != nil else { throw Failure.objectMissing(name, in: location) }
            return 0
        }
        guard try versioning() != .off else {
            guard let count = try read(name, version: nil, at: offset, into: buffer) else {
                throw Failure.objectMissing(name, in: location)
            }
            return count
        }
        // What is remembered may be gone meanwhile, and another version be the first.
        for _ in 0..<3 {
            guard let id = try firstVersionID(of: name) else { break }
            if let count = try read(name, version: id, at: offset, into: buffer) { return count }
            firstVersions.withLock { $0.forget(name) }
        }
        throw Failure.objectMissing(name, in: location)
    }

    /// Nil where there is no such version, or no such object.
    private func read(
        _ name: ObjectName, version: String?, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer
    ) throws -> Int? {
        let count = buffer.count
        var request = S3Request(method: .GET, key: address.key(of: name.path))
        if let version { request.query = [("versionId", version)] }
        request.headers = [("range", "bytes=\(offset)-\(offset + Int64(count) - 1)")]
        request.limit = max(count, 64 << 10)
        request.problem = { RangeAnswer.problem($0, offset: offset, count: count) }
        let answer = try client.perform(request).answer
        switch answer.status {
        case 200, 206:
            buffer.copyBytes(from: answer.body)
            return answer.body.count
        // Beyond the end, there is nothing.
        case 416: return 0
        case 404 where answer.code != "NoSuchBucket": return nil
        default: throw S3Failure.answered(answer, "reading \(name)", address)
        }
    }

    package func size(of name: ObjectName) throws -> Int64? {
        guard try versioning() != .off else { return try status(of: name, version: nil)?.bytes }
        if let known = firstVersions.withLock({ $0.id(of: name) }), let status = try status(of: name, version: known) {
            return status.bytes
        }
        return try firstVersion(of: name)?.content.bytes
    }

    package var lastMoment: StoreMoment? { client.lastMoment }

    package func arrival(of name: ObjectName) throws -> Timestamp? {
        let version = try versioning() == .off ? nil : try firstVersionID(of: name)
        return try status(of: name, version: version)?.arrived
    }

    /// What the server says of a version, or of the newest one; nil when it has none.
    func status(of name: ObjectName, version: String?) throws -> ObjectStatus? {
        guard let answer = try look(at: name, version: version) else { return nil }
        guard let status = ObjectStatus(answer), answer.isFine else {
            throw S3Failure.answered(try explained(answer, name), "looking at \(name)", address)
        }
        return status
    }

    /// The answer to HEAD, whatever it is; nil when there is no such object.
    func look(at name: ObjectName, version: String?) throws -> S3Answer? {
        var request = S3Request(method: .HEAD, key: address.key(of: name.path))
        if let version { request.query = [("versionId", version)] }
        request.headers = [("x-amz-checksum-mode", "ENABLED")]
        request.problem = { $0.isFine && ObjectStatus($0) == nil ? "does not say how long the object is" : nil }
        let answer = try client.perform(request).answer
        return answer.status == 404 ? nil : answer
    }

    /// The same refusal with its reason, which an answer to HEAD has no room for.
    private func explained(_ answer: S3Answer, _ name: ObjectName) throws -> S3Answer {
        var request = S3Request(method: .GET, key: address.key(of: name.path))
        request.headers = [("range", "bytes=0-0")]
        let again = try client.perform(request).answer
        return again.status == answer.status ? again : answer
    }
}

/// What the server says of an object.
struct ObjectStatus: Sendable {
    var bytes: Int64
    /// SHA-256 in base64, where the server keeps it.
    var checksum: String?
    var entityTag: String
    /// To the second, and rounded down.
    var arrived: Timestamp?

    /// Nil for an answer without a length.
    init?(_ answer: S3Answer) {
        guard let bytes = answer.header("content-length").flatMap({ Int64($0) }), bytes >= 0 else { return nil }
        self.bytes = bytes
        checksum = answer.header("x-amz-checksum-sha256")
        arrived = answer.header("last-modified").flatMap { HTTPDate.parse($0) }
        entityTag = (answer.header("etag") ?? "").filter { $0 != "\"" }.lowercased()
    }
}

/// Whether a part of an object came as it was asked for: not every server does what it says, and proxies cut.
enum RangeAnswer {
    static func problem(_ answer: S3Answer, offset: Int64, count: Int) -> String? {
        if answer.status == 200 {
            return offset == 0 && answer.body.count <= count ? nil : "is the whole object instead of a part"
        }
        guard answer.status == 206 else { return nil }
        guard let text = answer.header("content-range"), text.hasPrefix("bytes ") else {
            return "does not say which part it is"
        }
        let parts = text.dropFirst(6).split(whereSeparator: { $0 == "-" || $0 == "/" })
        guard parts.count == 3, let first = Int64(parts[0]), let last = Int64(parts[1]), let total = Int64(parts[2]),
            first == offset, last >= first, last < total
        else { return "is another part than was asked for" }
        let wanted = min(Int64(count), total - offset)
        return last - first + 1 == wanted && answer.body.count == Int(wanted) ? nil : "is cut off"
    }
}
