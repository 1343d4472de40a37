import Glibc
import Primitives

extension IdentityKeeping {
    /// Throws `state-unusable` for root in somebody else's state that has a directory of persons: what he leaves there, its owner could not
    /// use, and nobody could be let in any more.
    package func requireOwner() throws {
        guard geteuid() == 0, access(folder, F_OK) == 0 else { return }
        var status = stat()
        guard stat(state.root, &status) == 0, status.st_uid != 0 else { return }
        let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "\(status.st_uid)"
        throw Failure(
            .stateUnusable, "The state of this host, \(state.root), belongs to \(owner), and the program runs as root.",
            advice:
                "Run it as \(owner): 'runuser -u \(owner) -- safehold ...'. Root would leave files there that \(owner) cannot use."
        )
    }
}
