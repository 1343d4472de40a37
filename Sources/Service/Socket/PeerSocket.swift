import CLinux
import Glibc
import Primitives

/// Who is at the other end of a connection, as the kernel says.
package struct Peer: Sendable, Hashable {
    package let uid: UInt32

    package init(uid: UInt32) { self.uid = uid }
}

/// How much of the daemon others can take up.
package struct PeerLimits: Sendable {
    /// Of a request, and of seconds that it may take to come, and its answer to go.
    package var requestBytes = 64 << 10
    package var patience = Duration.seconds(10)
    /// At once: all, and of one user.
    package var connections = 16
    package var perUser = 4

    package init() {}
}

/// A socket in the file system, where other accounts ask the daemon: one line, one answer. Everybody can connect; who asks is taken from
/// the kernel (SO_PEERCRED), never from what is said.
package final class PeerSocket: Sendable {
    package typealias Answer = @Sendable (Peer, [UInt8]) -> [UInt8]

    private struct State {
        var isEnding = false
        var open: [Peer: Int] = [:]
    }

    private struct Visit: Sendable {
        var descriptor: Int32
        var peer: Peer
    }

    private let path: String
    private let listener: Int32
    private let limits: PeerLimits
    private let answer: Answer
    private let busy: [UInt8]
    private let state = Monitor(State())
    private let queue: BoundedQueue<Visit>
    private let threads = WorkerThreads()

    /// Takes the place of a socket that a killed daemon left: the caller is the only one with this state. `busy` is what they are told who
    /// are too many. Throws `state-unusable` where something else is there.
    package init(at path: String, limits: PeerLimits = PeerLimits(), busy: [UInt8], answer: @escaping Answer) throws {
        (self.path, self.limits, self.busy, self.answer) = (path, limits, busy, answer)
        queue = BoundedQueue(capacity: limits.connections)
        listener = try Self.listen(at: path)
        // With as much stack as an operation needs that walks deep trees.
        for _ in 0..<limits.connections { threads.start(stackSize: 8 << 20) { [self] in serve() } }
        threads.start { [self] in accept() }
    }

    /// What is under way is answered first.
    package func end() {
        state.withLock { $0.isEnding = true }
        threads.joinAll()
        close(listener)
        _ = LocalFile.remove(path)
    }

    private static func listen(at path: String) throws -> Int32 {
        var status = sh_stat()
        if sh_statx(AT_FDCWD, path, &status) == 0, status.mode & UInt32(S_IFMT) != UInt32(S_IFSOCK) {
            throw Failure(
                .stateUnusable, "\(path) is something else than a socket.",
                advice: "Move it away, or name another place with --socket.")
        }
        // Who goes away again before he was let in keeps nobody waiting.
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw LocalFile.unusable(errno, "make", path) }
        // Under another name first: at its own it is there as a whole, or not at all.
        let temporary = path + ".new"
        do {
            _ = LocalFile.remove(temporary)
            try SocketAddress.with(temporary) { address, length in
                guard bind(descriptor, address, length) == 0 else { throw LocalFile.unusable(errno, "make", temporary) }
            }
            guard chmod(temporary, 0o666) == 0, Glibc.listen(descriptor, 64) == 0, rename(temporary, path) == 0 else {
                throw LocalFile.unusable(errno, "make", path)
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    private var isEnding: Bool { state.withLock { $0.isEnding } }

    private func accept() {
        defer { queue.close() }
        while !isEnding {
            var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 250) > 0 else { continue }
            let descriptor = sh_accept(listener)
            guard descriptor >= 0 else {
                // Out of descriptors: the next turn may have some.
                if descriptor == -EMFILE || descriptor == -ENFILE { usleep(100_000) }
                continue
            }
            take(descriptor)
        }
    }

    private func take(_ descriptor: Int32) {
        var uid: UInt32 = 0
        guard sh_peer_uid(descriptor, &uid) == 0 else {
            close(descriptor)
            return
        }
        let peer = Peer(uid: uid)
        let isAdmitted = state.withLock { state in
            let own = state.open[peer, default: 0]
            guard own < limits.perUser, state.open.values.reduce(0, +) < limits.connections else { return false }
            state.open[peer] = own + 1
            return true
        }
        guard isAdmitted else {
            // One try, and no waiting.
            _ = busy.withUnsafeBytes {
                send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            close(descriptor)
            return
        }
        _ = queue.push(Visit(descriptor: descriptor, peer: peer))
    }

    private func serve() {
        while let visit = queue.pop() {
            let line = PeerLine(visit.descriptor, patience: limits.patience)
            if let request = line.read(most: limits.requestBytes) { line.write(answer(visit.peer, request)) }
            close(visit.descriptor)
            state.withLock { state in
                let left = state.open[visit.peer, default: 1] - 1
                state.open[visit.peer] = left > 0 ? left : nil
            }
        }
    }
}

/// One end of a connection, with an end to waiting.
package struct PeerLine {
    private let descriptor: Int32
    private let patience: Duration

    package init(_ descriptor: Int32, patience: Duration) { (self.descriptor, self.patience) = (descriptor, patience) }

    /// One line without its end; nil where none came in time, or a longer one.
    package func read(most: Int) -> [UInt8]? {
        let deadline = ContinuousClock.now + patience
        var (line, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while line.count <= most {
            guard wait(POLLIN, until: deadline) else { return nil }
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            guard count > 0 else { return nil }
            if let end = buffer[..<count].firstIndex(of: 0x0A) {
                line += buffer[..<end]
                return line.count <= most ? line : nil
            }
            line += buffer[..<count]
        }
        return nil
    }

    /// What stands on the line until the other end closes it; nil where it is longer.
    package func readAll(most: Int) -> [UInt8]? {
        var (all, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 16 << 10))
        while all.count <= most {
            let count = buffer.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress, $0.count, 0) }
            if count == 0 { return all }
            if count < 0, errno != EINTR { return nil }
            all += buffer[..<max(0, count)]
        }
        return nil
    }

    /// False where the other end did not take it in time.
    @discardableResult
    package func write(_ bytes: [UInt8]) -> Bool {
        let deadline = ContinuousClock.now + patience
        var done = 0
        while done < bytes.count {
            guard wait(POLLOUT, until: deadline) else { return false }
            let count = bytes.withUnsafeBytes { all in
                send(
                    descriptor, all.baseAddress.map { $0 + done }, all.count - done,
                    Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    private func wait(_ event: Int32, until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            var waiting = pollfd(fd: descriptor, events: Int16(event), revents: 0)
            let count = poll(&waiting, 1, Int32(clamping: milliseconds))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }
}

package enum SocketAddress {
    /// Throws `state-unusable` for a path that is too long for a socket.
    package static func with<R>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws -> R
    ) throws -> R {
        var place = sockaddr_un()
        place.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: place.sun_path) else {
            throw Failure(
                .stateUnusable, "\(path) is too long for the name of a socket.",
                advice: "Name a shorter one with --socket.")
        }
        withUnsafeMutableBytes(of: &place.sun_path) { $0.copyBytes(from: bytes) }
        return try withUnsafePointer(to: &place) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
