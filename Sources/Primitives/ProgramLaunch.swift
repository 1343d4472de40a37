import CLinux
import Glibc

/// Runs another program beside this one, for stores that speak through one.
package enum ProgramLaunch {
    package struct Failed: Error {
        package var reason: String
    }

    /// Two ends, of which no other child inherits any. A socket: to write into a pipe that nobody reads any more would be a signal.
    package static func channel() throws -> (ours: Int32, theirs: Int32) {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failed(reason: String(cString: strerror(errno))) }
        return (ends[0], ends[1])
    }

    /// A pipe, of which no other child inherits either end.
    package static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [0, 0]
        let made = sh_pipe(&ends)
        guard made == 0 else { throw Failed(reason: String(cString: strerror(-made))) }
        return (ends[0], ends[1])
    }

    /// Starts `words` with our ends' opposites as its descriptors 0, 1, 2 …, and `settings` (NAME=VALUE) before our environment. In a group
    /// of its own: an interrupt at the terminal is for us to act on. A program that somebody writes just now is waited for, for a second.
    package static func start(_ words: [String], _ descriptors: [Int32], settings: [String] = []) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        let arguments = words.map { strdup($0) }
        let ours = settings.map { strdup($0) }
        defer { for copy in arguments + ours { free(copy) } }
        var inherited: [UnsafeMutablePointer<CChar>?] = []
        while let entry = environ[inherited.count] { inherited.append(entry) }
        var child = pid_t()
        let result = untilNotBusy {
            posix_spawnp(&child, words[0], &actions, &attributes, arguments + [nil], ours + inherited + [nil])
        }
        guard result == 0 else { throw Failed(reason: String(cString: strerror(result))) }
        return child
    }

    /// What was written and closed a moment ago may be open for writing still: a child that any thread of the writer has started meanwhile holds all
    /// its descriptors until it has become another program.
    private static func untilNotBusy(_ start: () -> Int32) -> Int32 {
        for _ in 0..<200 {
            let result = start()
            guard result == ETXTBSY else { return result }
            usleep(5000)
        }
        return start()
    }
}
