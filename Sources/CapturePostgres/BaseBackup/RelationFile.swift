/// A file of a table, an index or another relation, by its place in a data directory (PostgreSQL documentation, 73.1).
struct RelationFile: Equatable {
    /// Of the shared catalogs.
    static let globalTablespace: UInt32 = 1664

    /// 0: the database's own.
    var tablespace: UInt32
    /// 0 for what all databases share.
    var database: UInt32
    var node: UInt32
    /// "fsm", "vm" or "init"; nil for the content itself.
    var fork: String?
    var segment: UInt32

    /// `path` is below the data directory, or below `tablespace`'s own. Nil for files that have no pages.
    init?(_ path: some Collection<UInt8>, tablespace: UInt32?) {
        let parts = String(decoding: path, as: UTF8.self).split(separator: "/", omittingEmptySubsequences: false)
        var rest = parts[...]
        if let tablespace {
            guard rest.popFirst()?.hasPrefix("PG_") == true, let database = rest.popFirst().flatMap({ UInt32($0) })
            else { return nil }
            (self.tablespace, self.database) = (tablespace, database)
        } else if rest.first == "global" {
            rest.removeFirst()
            (self.tablespace, database) = (Self.globalTablespace, 0)
        } else {
            guard rest.popFirst() == "base", let database = rest.popFirst().flatMap({ UInt32($0) }) else { return nil }
            (self.tablespace, self.database) = (0, database)
        }
        guard rest.count == 1, let name = rest.first else { return nil }
        let (stem, number) = Self.divide(name, at: ".")
        let (node, fork) = Self.divide(stem, at: "_")
        guard let node = UInt32(node), number.map({ UInt32($0) != nil }) ?? true,
            fork.map({ ["fsm", "vm", "init"].contains($0) }) ?? true
        else { return nil }
        (self.node, self.fork) = (node, fork.map(String.init))
        segment = number.flatMap { UInt32($0) } ?? 0
    }

    private static func divide(_ text: Substring, at mark: Character) -> (Substring, Substring?) {
        guard let place = text.firstIndex(of: mark) else { return (text, nil) }
        return (text[..<place], text[text.index(after: place)...])
    }
}
