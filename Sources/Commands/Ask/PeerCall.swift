import CLinux
import Glibc
import Operations
import Primitives
import Service

/// A question to a daemon, over its socket.
struct PeerCall {
    private static let mostBytes = 64 << 20
    private static let patience = Duration.seconds(10)

    private let path: String

    init(_ path: String) { self.path = path }

    func ask(_ request: PeerRequest, json: Bool) throws -> PeerAnswer {
        let descriptor = try connected()
        defer { close(descriptor) }
        try requireItsOwner(descriptor)
        let line = PeerLine(descriptor, patience: Self.patience)
        var bytes = request.line
        if json { bytes = bytes.dropLast() + Array(",\"json\":true}".utf8) }
        guard line.write(bytes + [0x0A]) else { throw silent }
        // Backups take as long as they take.
        guard let said = line.readAll(most: Self.mostBytes), let answer = try? PeerAnswer(parsing: said) else {
            throw silent
        }
        return answer
    }

    private func connected() throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw absent(errno) }
        do {
            try SocketAddress.with(path) { address, length in
                guard connect(descriptor, address, length) == 0 else { throw absent(errno) }
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Who else could have put a socket there would be told passwords.
    private func requireItsOwner(_ descriptor: Int32) throws {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
        var (status, uid) = (sh_stat(), UInt32(0))
        let isKnown =
            sh_statx(AT_FDCWD, folder.isEmpty ? "/" : folder, &status) == 0 && sh_peer_uid(descriptor, &uid) == 0
        guard isKnown, status.mode & 0o022 == 0, status.uid == uid || status.uid == 0 else {
            throw Failure(
                .notPermitted, "Others than the daemon's account can write to \(folder), and could listen there.",
                advice: "Have the daemon's socket in a directory of its own, as /run/safehold.")
        }
    }

    private func absent(_ number: Int32) -> Failure {
        Failure(
            .stateBusy, "No daemon answers at \(path): \(String(cString: strerror(number))).",
            advice: "Is it running, and may this account enter the directory? 'systemctl status safehold' says more.")
    }

    private var silent: Failure {
        Failure(
            .stateBusy, "The daemon at \(path) gave no answer.",
            advice: "Try again; the daemon's log says what happened. What it was asked for may have been done.")
    }
}
