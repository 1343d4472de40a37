import Storage

/// Which version of a name is its first, as far as that was seen. What is not used for long is forgotten: it costs a question to learn it
/// again. An id is never given to another version, so what stands here is right or gone.
package struct FirstVersions: Sendable {
    private var recent: [ObjectName: String] = [:]
    private var older: [ObjectName: String] = [:]
    private let limit: Int

    /// Between `limit` and twice as many are remembered: some 250 bytes for each.
    package init(limit: Int = 8192) { self.limit = limit }

    package mutating func remember(_ id: String, of name: ObjectName) {
        if recent.count >= limit { (older, recent) = (recent, [:]) }
        recent[name] = id
    }

    package mutating func id(of name: ObjectName) -> String? {
        if let id = recent[name] { return id }
        guard let id = older[name] else { return nil }
        remember(id, of: name)
        return id
    }

    package mutating func forget(_ name: ObjectName) {
        recent[name] = nil
        older[name] = nil
    }
}
