import Glibc
import Primitives

/// One run of the system's ssh with the server's SFTP behind it. It belongs to one thread at a time.
final class SSHProcess {
    /// The connection is gone; another one may do.
    struct Lost: Error {
        var reason: String
    }

    private static let patience: Int32 = 180_000
    private var child: pid_t
    private var input: Int32
    private let output: Int32
    private let errors: Int32
    private var received: [UInt8] = []
    private var start = 0

    init(_ address: SFTPAddress) throws {
        var ends: [Int32] = []
        do {
            for _ in 0..<3 { ends += try Self.channel() }
            child = try Self.spawn(Self.words(address), [(ends[1], 0), (ends[3], 1), (ends[5], 2)])
        } catch {
            for end in ends { close(end) }
            throw error
        }
        (input, output, errors) = (ends[0], ends[2], ends[4])
        for end in [ends[1], ends[3], ends[5]] { close(end) }
        _ = fcntl(errors, F_SETFL, O_NONBLOCK)
    }

    deinit { end() }

    /// Nobody is asked for anything, a host whose key is not known is refused, and nothing is forwarded, whatever ssh's configuration
    /// says.
    static func words(_ address: SFTPAddress) -> [String] {
        var words = ["ssh"]
        if let file = address.configuration { words += ["-F", file] }
        for option in [
            "BatchMode=yes", "StrictHostKeyChecking=yes", "ClearAllForwardings=yes", "ForwardAgent=no",
            "ForwardX11=no", "PermitLocalCommand=no", "RequestTTY=no", "RemoteCommand=none", "ConnectTimeout=20",
            "ServerAliveInterval=15", "ServerAliveCountMax=4", "LogLevel=ERROR",
        ] { words += ["-o", option] }
        if let port = address.port { words += ["-p", String(port)] }
        if let user = address.user { words += ["-l", user] }
        return words + ["-s", "--", address.host, "sftp"]
    }

    /// Two ends, of which no other child inherits any. A socket: to write into a pipe that nobody reads any more would be a signal.
    private static func channel() throws -> [Int32] {
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Lost(reason: String(cString: strerror(errno))) }
        return ends
    }

    private static func spawn(_ words: [String], _ descriptors: [(Int32, Int32)]) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (from, to) in descriptors { posix_spawn_file_actions_adddup2(&actions, from, to) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // An interrupt at the terminal is for us to act on; we end ssh when we are done with it.
        posix_spawnattr_setpgroup(&attributes, 0)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF))
        let copies = words.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var child = pid_t()
        let result = posix_spawnp(&child, words[0], &actions, &attributes, copies + [nil], environ)
        guard result == 0 else { throw SSHFailure.noProgram(String(cString: strerror(result))) }
        return child
    }

    func send(_ bytes: UnsafeRawBufferPointer) throws {
        var done = 0
        while done < bytes.count {
            let count = Glibc.send(
                input, bytes.baseAddress.map { $0 + done }, bytes.count - done, Int32(MSG_NOSIGNAL))
            if count < 0 {
                if errno == EINTR { continue }
                throw Lost(reason: "the connection broke")
            }
            done += count
        }
    }

    /// Exactly `count` bytes.
    func receive(_ count: Int) throws -> ArraySlice<UInt8> {
        if start > 1 << 20 || start == received.count {
            received.removeFirst(start)
            start = 0
        }
        while received.count - start < count {
            var watched = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            let ready = poll(&watched, 1, Self.patience)
            if ready < 0, errno == EINTR { continue }
            guard ready > 0 else { throw Lost(reason: "no answer for \(Self.patience / 1000) seconds") }
            let wanted = max(count - (received.count - start), 64 << 10)
            let old = received.count
            received.append(contentsOf: repeatElement(0, count: wanted))
            let filled = received.withUnsafeMutableBytes { read(output, $0.baseAddress.map { $0 + old }, wanted) }
            let failed = errno
            received.removeLast(wanted - max(0, filled))
            if filled < 0, failed == EINTR { continue }
            guard filled > 0 else { throw Lost(reason: "the connection was closed") }
        }
        defer { start += count }
        return received[start..<start + count]
    }

    /// What ssh said of its end, which is waited for for a moment.
    func lastWords() -> String {
        close(input)
        input = -1
        var said: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        for _ in 0..<50 {
            let count = read(errors, &piece, piece.count)
            if count > 0, said.count < 64 << 10 { said += piece[..<count] }
            if count == 0 { break }
            if count < 0 { usleep(20_000) }
        }
        return String(decoding: said, as: UTF8.self)
    }

    private func end() {
        guard child > 0 else { return }
        for end in [input, output, errors] where end >= 0 { close(end) }
        kill(child, SIGTERM)
        var state: Int32 = 0
        for _ in 0..<100 where waitpid(child, &state, WNOHANG) == 0 { usleep(5_000) }
        if kill(child, 0) == 0, waitpid(child, &state, WNOHANG) == 0 {
            kill(child, SIGKILL)
            waitpid(child, &state, 0)
        }
        child = 0
    }
}
