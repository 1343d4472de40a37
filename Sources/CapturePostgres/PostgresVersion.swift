/// What differs from one major version of the server to another, 13 to 18: in one place.
struct PostgresVersion {
    private let major: Int

    init(_ major: Int) { self.major = major }

    /// Before it, a base backup has no manifest, and nobody says how a slot stands.
    static let oldestWithManifest = 13

    /// Whether commands of replication take their options as a list, and a base backup comes as one stream.
    var hasOptionLists: Bool { major >= 15 }

    /// Whether a slot can be read over a connection of replication.
    var readsSlots: Bool { major >= 15 }

    /// Whether what a server says of its archive is of this moment, and not what a process of its own heard of it, perhaps.
    var tellsArchivedAtOnce: Bool { major >= 15 }

    /// Settings by which a server would end sessions that take long: a dump may.
    var patience: [String] {
        var settings = ["statement_timeout", "idle_in_transaction_session_timeout"]
        if major >= 14 { settings.append("idle_session_timeout") }
        if major >= 17 { settings.append("transaction_timeout") }
        return settings.map { "set \($0) = 0" } + ["set lock_timeout = '5min'"]
    }
}
