import Glibc

/// The operating system's user, and where its state is kept.
struct User {
    var id: UInt32
    var name: String
    var home: String?
    var isRoot: Bool

    static func current() -> User {
        let id = geteuid()
        guard let entry = getpwuid(id) else { return User(id: id, name: String(id), home: nil, isRoot: id == 0) }
        return User(
            id: id, name: String(cString: entry.pointee.pw_name), home: String(cString: entry.pointee.pw_dir),
            isRoot: id == 0)
    }

    /// SAFEHOLD_HOME, else /var/lib/safehold for root, else as the XDG base directories say for state.
    var stateRoot: String {
        if let given = Launch.variable("SAFEHOLD_HOME") { return given }
        if isRoot { return "/var/lib/safehold" }
        if let base = Launch.variable("XDG_STATE_HOME"), base.hasPrefix("/") { return base + "/safehold" }
        return (Launch.variable("HOME") ?? home ?? "") + "/.local/state/safehold"
    }
}
