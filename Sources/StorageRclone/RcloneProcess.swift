import Glibc
import Primitives

/// One run of rclone: what it is asked, what it prints, and how it ends. It listens nowhere, and is told no secret.
enum RcloneProcess {
    struct Ended {
        var status: Int32
        var errors: String
        /// rclone's code for a directory or file that is not there.
        var isMissing: Bool { status == 3 || status == 4 }
    }

    /// Nobody is asked for a passphrase of the configuration; what is tried again is bounded.
    private static let options = [
        "--ask-password=false", "--retries", "3", "--low-level-retries", "5", "--contimeout", "20s", "--timeout",
        "120s",
        "--log-level", "ERROR", "--stats", "0",
    ]

    /// Calls `take` with what it prints.
    static func run(_ words: [String], _ take: (UnsafeRawBufferPointer) throws -> Void = { _ in }) throws -> Ended {
        let (output, errors) = (try channel(), try channel())
        let child: pid_t
        do {
            child = try spawn(["rclone"] + options + words, [(output[1], 1), (errors[1], 2)])
        } catch {
            for end in output + errors { close(end) }
            throw error
        }
        for end in [output[1], errors[1]] { close(end) }
        var said: [UInt8] = []
        defer { for end in [output[0], errors[0]] { close(end) } }
        do {
            try drain(output[0], errors[0], take) { if said.count < 64 << 10 { said += $0 } }
        } catch {
            kill(child, SIGTERM)
            _ = wait(child)
            throw error
        }
        return Ended(status: wait(child), errors: String(decoding: said, as: UTF8.self))
    }

    private static func channel() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw RcloneFailure.noProgram(String(cString: strerror(errno)))
        }
        return ends
    }

    private static func drain(
        _ output: Int32, _ errors: Int32, _ take: (UnsafeRawBufferPointer) throws -> Void,
        _ hear: (UnsafeRawBufferPointer) -> Void
    ) throws {
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
        defer { piece.deallocate() }
        var watched = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while watched.contains(where: { $0.fd >= 0 }) {
            guard poll(&watched, 2, -1) >= 0 || errno == EINTR else { return }
            for index in watched.indices where watched[index].fd >= 0 && watched[index].revents != 0 {
                let count = read(watched[index].fd, piece.baseAddress, piece.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else {
                    watched[index].fd = -1
                    continue
                }
                let part = UnsafeRawBufferPointer(rebasing: piece[..<count])
                if index == 0 { try take(part) } else { hear(part) }
            }
        }
    }

    private static func spawn(_ words: [String], _ descriptors: [(Int32, Int32)]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for (from, to) in descriptors { posix_spawn_file_actions_adddup2(&actions, from, to) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // An interrupt at the terminal is for us to act on.
        posix_spawnattr_setpgroup(&attributes, 0)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        let copies = words.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var child = pid_t()
        let result = posix_spawnp(&child, words[0], &actions, &attributes, copies + [nil], environ)
        guard result == 0 else { throw RcloneFailure.noProgram(String(cString: strerror(result))) }
        return child
    }

    private static func wait(_ child: pid_t) -> Int32 {
        var state: Int32 = 0
        while waitpid(child, &state, 0) < 0, errno == EINTR {}
        return state & 0x7F == 0 ? (state >> 8) & 0xFF : 128 + state & 0x7F
    }
}

enum RcloneFailure {
    static func noProgram(_ reason: String) -> Failure {
        Failure(
            .storageMisconfigured, "The program 'rclone' cannot be run: \(reason).",
            advice: "Install it (on Debian: rclone), version 1.60 or newer.")
    }

    static func failed(_ ended: RcloneProcess.Ended, _ doing: String, _ address: RcloneAddress) -> Failure {
        let said = ended.errors
        func says(_ parts: String...) -> Bool { parts.contains { said.contains($0) } }
        let place = address.location
        if says("didn't find section in config", "couldn't find configuration", "unknown remote") {
            return Failure(
                .storageMisconfigured, "rclone knows no remote '\(address.remote)'.",
                advice: "Make it with 'rclone config' as the user that runs Safehold.")
        }
        if says("AccessDenied", "Forbidden", "permission denied", "SignatureDoesNotMatch", "InvalidAccessKeyId", "401 ")
        {
            return Failure(
                .storageDenied, "\(place) refuses (while \(doing)).",
                advice: "Check the remote with 'rclone lsd \(address.remote):' and what its credentials may do.")
        }
        if says("no space left", "quota", "insufficient storage", "QuotaExceeded") {
            return Failure(
                .storageFull, "No space is left at \(place) (while \(doing)).",
                advice: "Free space or raise the quota, then run the command again; what was finished is kept.")
        }
        let last =
            said.split(whereSeparator: \.isNewline).first.map { String($0.prefix(300)) } ?? "status \(ended.status)"
        return Failure(
            .storageFailed, "rclone failed while \(doing) at \(place): \(last).",
            advice: "Try 'rclone lsd \(address.remote):', then run the command again; what was finished is kept.")
    }
}
