/// One page of ListObjectsV2.
package struct ListingPage: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var key: String
        package var bytes: Int64

        package init(key: String, bytes: Int64) { (self.key, self.bytes) = (key, bytes) }
    }

    package var entries: [Entry]
    /// What asks for the next page; nil when this is the last.
    package var next: String?

    /// A page of 1,000 entries is some 400 KiB.
    static let limit = 8 << 20

    /// What is wrong with a page; nil when nothing is.
    static func problem(_ bytes: [UInt8]) -> String? {
        do {
            _ = try ListingPage(bytes)
            return nil
        } catch {
            return (error as? Flaw)?.problem ?? "is no list of objects"
        }
    }

    package struct Flaw: Error { package var problem: String }

    /// Throws `Flaw` for anything that is not a whole page. Keys are percent-decoded: `encoding-type=url` was asked for.
    package init(_ bytes: [UInt8]) throws {
        guard let document = try? XMLDocument(bytes), document.root.name == "ListBucketResult" else {
            throw Flaw(problem: "is no list of objects")
        }
        let isEncoded = document.root.text(of: "EncodingType") == "url"
        entries = try document.root.children.filter { $0.name == "Contents" }.map { element in
            guard let key = element.text(of: "Key"), let size = element.text(of: "Size").flatMap({ Int64($0) }),
                size >= 0,
                let decoded = isEncoded ? PercentEncoding.decode(key) : key
            else { throw Flaw(problem: "has an entry without key or size") }
            return Entry(key: decoded, bytes: size)
        }
        switch document.root.text(of: "IsTruncated") {
        case "false": next = nil
        case "true":
            guard let token = document.root.text(of: "NextContinuationToken"), !token.isEmpty else {
                throw Flaw(problem: "goes on, but does not say how")
            }
            next = token
        default: throw Flaw(problem: "does not say whether it goes on")
        }
    }
}
