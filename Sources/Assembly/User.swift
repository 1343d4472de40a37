import Glibc

/// The operating system's user, and where its state is kept.
struct User {
    var id: UInt32
    var name: String
    var home: String?
    var isRoot: Bool

    static func current() -> User { of(geteuid()) }

    /// Threads may ask at once.
    static func of(_ id: UInt32) -> User {
        let unnamed = User(id: id, name: String(id), home: nil, isRoot: id == 0)
        var (entry, found) = (passwd(), UnsafeMutablePointer<passwd>?.none)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16 << 10) { room in
            guard let start = room.baseAddress, getpwuid_r(id, &entry, start, room.count, &found) == 0, found != nil
            else { return unnamed }
            return User(
                id: id, name: String(cString: entry.pw_name), home: String(cString: entry.pw_dir), isRoot: id == 0)
        }
    }

    /// SAFEHOLD_HOME, else /var/lib/safehold for root, else as the XDG base directories say for state.
    var stateRoot: String {
        if let given = Launch.variable("SAFEHOLD_HOME") { return given }
        if isRoot { return "/var/lib/safehold" }
        if let base = Launch.variable("XDG_STATE_HOME"), base.hasPrefix("/") { return base + "/safehold" }
        return (Launch.variable("HOME") ?? home ?? "") + "/.local/state/safehold"
    }
}
