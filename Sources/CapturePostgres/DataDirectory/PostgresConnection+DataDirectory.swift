import CPQ
import Capture
import Glibc
import Primitives

extension PostgresConnection {
    /// The identifier of the cluster in `directory`. Throws unless that is where the server lies that answers: who copied another one's files would
    /// have a backup that nobody can start.
    func identifier(ofDataDirectory directory: String) throws(StreamFailure) -> UInt64 {
        let server = try serverProcess()
        guard try Self.lies(server, in: directory) else {
            throw StreamFailure(
                .misconfigured, "\(directory) is not the data directory of the server that answers.",
                advice: "'data-directory' has to be what 'show data_directory' says there.")
        }
        let answer = try ask("select system_identifier from pg_catalog.pg_control_system()").first?.first
        guard let stated = answer.flatMap({ $0 }).flatMap({ UInt64($0) }) else {
            throw ClusterFormat.silent("identify itself")
        }
        let path = directory + "/" + DataDirectoryRule.control
        // It is the first thing there.
        guard let control = try Self.read(path), control.count >= 8,
            control.withUnsafeBytes({ $0.loadUnaligned(as: UInt64.self) }) == stated
        else {
            throw StreamFailure(
                .misconfigured, "\(path) is another cluster's.", advice: "Look at who else uses \(directory).")
        }
        return stated
    }

    /// Who listens at the other end of the socket.
    private func serverProcess() throws(StreamFailure) -> Int32 {
        var (credentials, count) = ((pid: Int32(0), uid: UInt32(0), gid: UInt32(0)), socklen_t(12))
        guard getsockopt(PQsocket(handle), SOL_SOCKET, SO_PEERCRED, &credentials, &count) == 0, credentials.pid > 0
        else {
            throw StreamFailure(
                .misconfigured,
                "The server is not reached by a socket of this host, so nobody can tell whether its files are here.",
                advice:
                    "With 'data-directory', 'host' has to be the directory of the server's socket, such as /run/postgresql."
            )
        }
        return credentials.pid
    }

    /// A server works in its data directory. Where that may not be seen, its number is compared with the one in postmaster.pid, which is that of its own
    /// namespace.
    private static func lies(_ server: Int32, in directory: String) throws(StreamFailure) -> Bool {
        var (there, here) = (stat(), stat())
        guard stat(directory, &here) == 0 else { throw DataDirectoryWalk.unreadable(directory, errno) }
        if stat("/proc/\(server)/cwd/.", &there) == 0 {
            return there.st_dev == here.st_dev && there.st_ino == here.st_ino
        }
        let status = try read("/proc/\(server)/status") ?? []
        let own = lines(status).first { $0.hasPrefix("NSpid:") }?.split(whereSeparator: \.isWhitespace).last
        guard let own, let written = try read(directory + "/postmaster.pid") else { return false }
        return lines(written).first.map { $0 == own } ?? false
    }

    private static func lines(_ bytes: [UInt8]) -> [Substring] {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
    }

    private static func read(_ path: String) throws(StreamFailure) -> [UInt8]? {
        do { return try LocalFile.read(path, limit: 64 << 10) } catch {
            throw DataDirectoryWalk.unreadable(path, errno)
        }
    }
}
