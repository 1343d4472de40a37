import Glibc

/// Takes connections on a socket as a PostgreSQL server does, and then says nothing: where it greets, not before it has let the client in
/// (PostgreSQL documentation, 55.2.1), else at once.
package final class SilentServer: Sendable {
    package let folder: String
    private let listener: Int32

    /// Makes the socket in `folder`, where clients look for port 5432.
    package init(in folder: String, greets: Bool) throws {
        self.folder = folder
        let path = folder + "/.s.PGSQL.5432"
        unlink(path)
        listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        chmod(path, 0o666)
        guard bound == 0, listen(listener, 64) == 0 else { throw Problem(number: errno) }
        guard greets else { return }
        var thread = pthread_t()
        let context = UnsafeMutableRawPointer(bitPattern: Int(listener))
        pthread_create(&thread, nil, { SilentServer.greet(Int32(Int(bitPattern: $0))) }, context)
        pthread_detach(thread)
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    private struct Problem: Error { var number: Int32 }

    /// Until nobody listens any more. Connections stay open with the process.
    private static func greet(_ listener: Int32) -> UnsafeMutableRawPointer? {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { return nil }
            var first = [UInt8](repeating: 0, count: 8)
            guard recv(client, &first, 8, Int32(MSG_WAITALL)) == 8 else { continue }
            // Anything but version 3.0 is the wish to end what another connection does.
            guard first[4...].elementsEqual([0, 3, 0, 0]) else { continue }
            let version = Array("server_version\0".utf8) + Array("15.1\0".utf8)
            let greeting =
                message("R", [0, 0, 0, 0]) + message("S", version) + message("K", [0, 0, 0, 7, 0, 0, 0, 7])
                + message("Z", Array("I".utf8))
            _ = send(client, greeting, greeting.count, Int32(MSG_NOSIGNAL))
        }
    }

    private static func message(_ kind: Unicode.Scalar, _ body: [UInt8]) -> [UInt8] {
        let count = UInt32(body.count + 4)
        return [UInt8(ascii: kind)] + withUnsafeBytes(of: count.bigEndian) { Array($0) } + body
    }
}
