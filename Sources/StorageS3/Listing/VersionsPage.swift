/// One page of ListObjectVersions: names in ascending order, and of each name the newest version or delete marker first.
package struct VersionsPage: Equatable, Sendable {
    package struct Entry: Equatable, Sendable {
        package var key: String
        package var id: String
        /// Nil for a delete marker.
        package var content: Content?

        package init(key: String, id: String, content: Content?) {
            (self.key, self.id, self.content) = (key, id, content)
        }
    }

    package struct Content: Equatable, Sendable {
        package var bytes: Int64
        /// Without quotes, in lower case.
        package var entityTag: String

        package init(bytes: Int64, entityTag: String) { (self.bytes, self.entityTag) = (bytes, entityTag) }
    }

    /// What asks for the page behind this one.
    package struct Position: Equatable, Sendable {
        package var key: String
        package var id: String?

        package init(key: String, id: String?) { (self.key, self.id) = (key, id) }
    }

    package var entries: [Entry]
    /// Nil when this is the last page.
    package var next: Position?

    /// What is wrong with a page; nil when nothing is.
    static func problem(_ bytes: [UInt8]) -> String? {
        do {
            _ = try VersionsPage(bytes)
            return nil
        } catch {
            return (error as? ListingPage.Flaw)?.problem ?? "is no list of versions"
        }
    }

    /// Throws `ListingPage.Flaw` for anything that is not a whole page in order.
    package init(_ bytes: [UInt8]) throws {
        guard let document = try? XMLDocument(bytes), document.root.name == "ListVersionsResult" else {
            throw ListingPage.Flaw(problem: "is no list of versions")
        }
        let isEncoded = document.root.text(of: "EncodingType") == "url"
        entries = try document.root.children.compactMap { try Self.entry($0, isEncoded) }
        for (one, other) in zip(entries, entries.dropFirst()) where !Self.inOrder(one.key, other.key) {
            throw ListingPage.Flaw(problem: "is not in the order of names")
        }
        next = try Self.next(document.root, isEncoded)
    }

    static func inOrder(_ key: String, _ other: String) -> Bool {
        !other.utf8.lexicographicallyPrecedes(key.utf8)
    }

    private static func entry(_ element: XMLDocument.Element, _ isEncoded: Bool) throws -> Entry? {
        guard element.name == "Version" || element.name == "DeleteMarker" else { return nil }
        guard let text = element.text(of: "Key"), let key = isEncoded ? PercentEncoding.decode(text) : text,
            let id = element.text(of: "VersionId"), !id.isEmpty
        else { throw ListingPage.Flaw(problem: "has an entry without key or version") }
        guard element.name == "Version" else { return Entry(key: key, id: id, content: nil) }
        guard let size = element.text(of: "Size").flatMap({ Int64($0) }), size >= 0 else {
            throw ListingPage.Flaw(problem: "has a version without its size")
        }
        let tag = (element.text(of: "ETag") ?? "").filter { $0 != "\"" }.lowercased()
        return Entry(key: key, id: id, content: Content(bytes: size, entityTag: tag))
    }

    private static func next(_ root: XMLDocument.Element, _ isEncoded: Bool) throws -> Position? {
        switch root.text(of: "IsTruncated") {
        case "false": return nil
        case "true":
            guard let text = root.text(of: "NextKeyMarker"), !text.isEmpty,
                let key = isEncoded ? PercentEncoding.decode(text) : text
            else { throw ListingPage.Flaw(problem: "goes on, but does not say how") }
            return Position(key: key, id: root.text(of: "NextVersionIdMarker").flatMap { $0.isEmpty ? nil : $0 })
        default: throw ListingPage.Flaw(problem: "does not say whether it goes on")
        }
    }
}
