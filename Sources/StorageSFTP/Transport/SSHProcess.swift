import Glibc
import Primitives
import Storage

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
        var ends: [(ours: Int32, theirs: Int32)] = []
        do {
            for _ in 0..<3 { ends.append(try ProgramLaunch.channel()) }
            child = try ProgramLaunch.start(Self.words(address), ends.map(\.theirs))
        } catch let failed as ProgramLaunch.Failed {
            for end in ends.flatMap({ [$0.ours, $0.theirs] }) { close(end) }
            throw SSHFailure.noProgram(failed.reason)
        }
        (input, output, errors) = (ends[0].ours, ends[1].ours, ends[2].ours)
        for end in ends { close(end.theirs) }
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
