/// What of a data directory a base backup has: what a server itself would send (PostgreSQL documentation, 55.4, BASE_BACKUP).
struct DataDirectoryRule {
    /// Their content is made anew by every server that starts.
    private static let emptied: Set<String> = [
        "pg_dynshmem", "pg_notify", "pg_replslot", "pg_serial", "pg_snapshots", "pg_stat_tmp", "pg_subtrans",
    ]
    private static let left: Set<String> = [
        "backup_label", "backup_manifest", "current_logfiles.tmp", "postgresql.auto.conf.tmp", "postmaster.opts",
        "postmaster.pid", "tablespace_map",
    ]
    /// Is read last, and by itself.
    static let control = "global/pg_control"

    private init() {}

    /// Whether no file in it is taken.
    static func isEmptied(_ path: String) -> Bool {
        path == "pg_wal" || path.hasPrefix("pg_wal/") || holdsNothing(path)
    }

    /// Whether no directory in it is taken, either.
    static func holdsNothing(_ path: String) -> Bool { emptied.contains(path) }

    /// Whether it may be a link to a directory elsewhere, and is a directory in the backup.
    static func mayBeMoved(_ path: String) -> Bool { path == "pg_wal" || emptied.contains(path) }

    /// `path` is below the data directory, or below a tablespace's. `unlogged` are the relations of its directory whose content a server empties after a crash.
    static func takes(_ path: String, unlogged: Set<Substring>) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        if left.contains(path) || path == control { return false }
        if name.hasPrefix("pgsql_tmp") || name.hasPrefix("pg_internal.init") { return false }
        guard isDatabase(path) else { return true }
        if isTemporary(name) { return false }
        guard let node = node(name) else { return true }
        return !unlogged.contains(node) || isInitial(name)
    }

    /// Of the names in a database's directory.
    static func unlogged(_ names: [String]) -> Set<Substring> {
        Set(names.compactMap { isInitial($0[...]) ? node($0[...]) : nil })
    }

    /// Whether it lies in the directory of a database: base/5/1259, or PG_15_202209061/5/1259 in a tablespace.
    private static func isDatabase(_ path: String) -> Bool {
        let parts = path.split(separator: "/")
        return parts.count == 3 && (parts[0] == "base" || parts[0].hasPrefix("PG_")) && parts[1].allSatisfy(\.isNumber)
    }

    private static func isInitial(_ name: Substring) -> Bool {
        let stem = name.prefix { $0 != "." }
        return stem.hasSuffix("_init") && node(name) != nil
    }

    /// Of 1259, 1259_fsm, 1259.1: what the relation is called in its directory.
    private static func node(_ name: Substring) -> Substring? {
        let digits = name.prefix { $0.isNumber }
        let rest = name[digits.endIndex...]
        return !digits.isEmpty && (rest.isEmpty || rest.first == "_" || rest.first == ".") ? digits : nil
    }

    /// A session's own table: t3_16384, t3_16384_fsm, t3_16384.1.
    private static func isTemporary(_ name: Substring) -> Bool {
        guard name.first == "t" else { return false }
        let parts = name.dropFirst().split(separator: "_", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && !parts[0].isEmpty && parts[0].allSatisfy(\.isNumber) && node(parts[1]) != nil
    }
}
