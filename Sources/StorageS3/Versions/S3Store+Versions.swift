import NIOHTTP1
import Primitives
import Storage

/// Where a bucket keeps versions, the first version of a name is the object (docs/decisions/0013): whatever is put over it later, a delete
/// marker among it, changes nothing of what is read here.
extension S3Store {
    /// A version and what is known of it.
    struct Version: Sendable, Equatable {
        var id: String
        var content: VersionsPage.Content
    }

    /// Asked once a run.
    func versioning() throws -> Versioning {
        if let known = bucketVersioning.withLock({ $0 }) { return known }
        let answer = try client.perform(S3Request(method: .GET, query: [("versioning", "")])).answer
        guard let found = Versioning(answer) else {
            guard answer.isFine else {
                throw S3Failure.answered(answer, "asking whether the bucket keeps versions", address)
            }
            throw S3Failure.misanswered("does not say whether the bucket keeps versions", address)
        }
        bucketVersioning.withLock { $0 = found }
        return found
    }

    /// The object of this name where the bucket keeps versions; nil where there is none.
    func firstVersion(of name: ObjectName) throws -> Version? {
        let key = address.key(of: name.path)
        var first: Version?
        try forEachVersion(of: key, pageSize: 100) { entry in
            guard entry.key == key else { return false }
            if let content = entry.content { first = Version(id: entry.id, content: content) }
            return true
        }
        firstVersions.withLock { known in
            if let first { known.remember(first.id, of: name) } else { known.forget(name) }
        }
        return first
    }

    /// The id of the version that is read; nil where there is none.
    func firstVersionID(of name: ObjectName) throws -> String? {
        try firstVersions.withLock { $0.id(of: name) } ?? firstVersion(of: name)?.id
    }

    /// The first versions of all keys that begin so.
    func listFirstVersions(of prefix: String, _ body: (String, Version) throws -> Void) throws {
        var open: (key: String, first: Version?)?
        func close() throws {
            if let open, let first = open.first { try body(open.key, first) }
        }
        try forEachVersion(of: prefix, pageSize: 1000) { entry in
            if open?.key != entry.key {
                try close()
                open = (entry.key, nil)
            }
            // The further down, the older.
            if let content = entry.content { open?.first = Version(id: entry.id, content: content) }
            return true
        }
        try close()
    }

    /// Versions and markers in the order of names, the newest of each first, until `body` says that it has enough.
    func forEachVersion(of prefix: String, pageSize: Int, _ body: (VersionsPage.Entry) throws -> Bool) throws {
        var position: VersionsPage.Position?
        var last = ""
        repeat {
            // Somebody may have written over a name very often, and the first version is the last in the list.
            let page = try versionsPage(of: prefix, after: position, position == nil ? pageSize : 1000)
            for entry in page.entries where entry.key.hasPrefix(prefix) {
                guard VersionsPage.inOrder(last, entry.key) else {
                    throw S3Failure.misanswered("lists versions in no order of names", address)
                }
                last = entry.key
                guard try body(entry) else { return }
            }
            guard page.next == nil || page.next != position else {
                throw S3Failure.misanswered("gave the same page of the list twice", address)
            }
            position = page.next
        } while position != nil
    }

    func versionsPage(of prefix: String, after position: VersionsPage.Position?, _ pageSize: Int) throws -> VersionsPage
    {
        var request = S3Request(method: .GET)
        request.query = [
            ("versions", ""), ("prefix", prefix), ("max-keys", String(pageSize)), ("encoding-type", "url"),
        ]
        if let position {
            request.query.append(("key-marker", position.key))
            if let id = position.id { request.query.append(("version-id-marker", id)) }
        }
        request.limit = ListingPage.limit
        request.problem = { $0.isFine ? VersionsPage.problem($0.body) : nil }
        let answer = try client.perform(request).answer
        guard answer.isFine else { throw S3Failure.answered(answer, "listing the versions of \(prefix)", address) }
        return try VersionsPage(answer.body)
    }
}
