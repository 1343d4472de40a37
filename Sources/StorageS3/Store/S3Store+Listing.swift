import NIOHTTP1
import Primitives
import Storage

extension S3Store {
    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let start = address.prefix.isEmpty ? "" : address.prefix + "/"
        let wanted = start + (prefix.isEmpty ? "" : prefix + "/")
        guard try versioning() == .off else {
            return try listFirstVersions(of: wanted) { key, version in
                let name = ObjectName(String(key.dropFirst(start.count)))
                guard name.isValid else { return }
                firstVersions.withLock { $0.remember(version.id, of: name) }
                try body(name, version.content.bytes)
            }
        }
        try listNewest(of: wanted) { key, bytes in
            let name = ObjectName(String(key.dropFirst(start.count)))
            // What others keep in the bucket is none of ours.
            if name.isValid { try body(name, bytes) }
        }
    }

    private func listNewest(of prefix: String, _ body: (String, Int64) throws -> Void) throws {
        var token: String?
        repeat {
            let page = try page(of: prefix, after: token)
            for entry in page.entries where entry.key.hasPrefix(prefix) { try body(entry.key, entry.bytes) }
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
