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

    package var location: String { address.location }

    /// `spoolPlaces` are directories for what waits to be uploaded; the first one that can be used is.
    package init(
        _ address: S3Address, _ credentials: CredentialChain, spoolPlaces: [String], clock: WallClock = .system
    )
        throws
    {
        self.address = address
        self.spoolPlaces = spoolPlaces
        client = S3Client(address, credentials, try Transport(authorities: address.authorities), clock: clock)
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
        let count = buffer.count
        var request = S3Request(method: .GET, key: address.key(of: name.path))
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
        case 404 where answer.code != "NoSuchBucket": throw Failure.objectMissing(name, in: location)
        default: throw S3Failure.answered(answer, "reading \(name)", address)
        }
    }

    package func size(of name: ObjectName) throws -> Int64? { try status(of: name)?.bytes }

    /// What the server says of an object; nil when it has none.
    func status(of name: ObjectName) throws -> ObjectStatus? {
        var request = S3Request(method: .HEAD, key: address.key(of: name.path))
        request.headers = [("x-amz-checksum-mode", "ENABLED")]
        request.problem = { $0.isFine && ObjectStatus($0) == nil ? "does not say how long the object is" : nil }
        let answer = try client.perform(request).answer
        if answer.status == 404 { return nil }
        guard let status = ObjectStatus(answer), answer.isFine else {
            throw S3Failure.answered(try explained(answer, name), "looking at \(name)", address)
        }
        return status
    }

    /// The same refusal with its reason, which an answer to HEAD has no room for.
    private func explained(_ answer: S3Answer, _ name: ObjectName) throws -> S3Answer {
        var request = S3Request(method: .GET, key: address.key(of: name.path))
        request.headers = [("range", "bytes=0-0")]
        let again = try client.perform(request).answer
        return again.status == answer.status ? again : answer
    }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let start = address.prefix.isEmpty ? "" : address.prefix + "/"
        let wanted = start + (prefix.isEmpty ? "" : prefix + "/")
        var token: String?
        repeat {
            let page = try page(of: wanted, after: token)
            for entry in page.entries where entry.key.hasPrefix(wanted) {
                let name = ObjectName(String(entry.key.dropFirst(start.count)))
                // What others keep in the bucket is none of ours.
                if name.isValid { try body(name, entry.bytes) }
            }
            guard page.next == nil || page.next != token else {
                throw S3Failure.misanswered("gave the same page of the list twice", address)
            }
            token = page.next
        } while token != nil
    }

    private func page(of prefix: String, after token: String?) throws -> ListingPage {
        var request = S3Request(method: .GET)
        request.query = [("list-type", "2"), ("prefix", prefix), ("max-keys", "1000"), ("encoding-type", "url")]
        if let token { request.query.append(("continuation-token", token)) }
        request.limit = ListingPage.limit
        request.problem = { $0.isFine ? ListingPage.problem($0.body) : nil }
        let answer = try client.perform(request).answer
        guard answer.isFine else { throw S3Failure.answered(answer, "listing \(prefix)", address) }
        return try ListingPage(answer.body)
    }
}

/// What the server says of an object.
struct ObjectStatus: Sendable {
    var bytes: Int64
    /// SHA-256 in base64, where the server keeps it.
    var checksum: String?
    var entityTag: String

    /// Nil for an answer without a length.
    init?(_ answer: S3Answer) {
        guard let bytes = answer.header("content-length").flatMap({ Int64($0) }), bytes >= 0 else { return nil }
        self.bytes = bytes
        checksum = answer.header("x-amz-checksum-sha256")
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
