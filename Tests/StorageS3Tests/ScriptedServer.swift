import Glibc
import Primitives

/// A server that says, byte for byte, what a test wants, and hangs up after each answer. Asked about versions, it says that its bucket
/// keeps none, without counting that.
final class ScriptedServer: Sendable {
    struct Asked: Sendable {
        var head: String
        var body: [UInt8]
        /// "PUT /bucket/key?query"
        var line: String {
            head.prefix { $0 != "\r" && $0 != "\r\n" }.split(separator: " ").prefix(2).joined(separator: " ")
        }
    }

    let port: Int
    let asked = Monitor<[Asked]>([])
    private let descriptor: Int32
    private let threads = WorkerThreads()

    /// `answer` is given the request and its number, from 0 on; nil hangs up without a word.
    /// Without `isPlain`, it is asked about versions as about anything else.
    init(isPlain: Bool = true, _ answer: @escaping @Sendable (Asked, Int) -> [UInt8]?) {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        port = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length)
                listen(descriptor, 64)
                getsockname(descriptor, address, &length)
            }
            return Int(UInt16(bigEndian: pointer.pointee.sin_port))
        }
        threads.start { [descriptor, asked] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0 else { return }
                if let request = Self.request(from: connection) {
                    if isPlain, request.line.hasSuffix("?versioning=") {
                        Self.say(Self.answer("200 OK", [], "<VersioningConfiguration/>"), to: connection)
                        close(connection)
                        continue
                    }
                    let number = asked.withLock { all in
                        all.append(request)
                        return all.count - 1
                    }
                    if let bytes = answer(request, number) { Self.say(bytes, to: connection) }
                }
                close(connection)
            }
        }
    }

    /// Ends the server.
    func stop() {
        shutdown(descriptor, Int32(SHUT_RDWR))
        threads.joinAll()
        close(descriptor)
    }

    /// Sends, and waits for the other side to hang up: else the end could overtake what it still has to say.
    private static func say(_ bytes: [UInt8], to connection: Int32) {
        _ = bytes.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        shutdown(connection, Int32(SHUT_WR))
        var patience = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var rest = [UInt8](repeating: 0, count: 4096)
        while recv(connection, &rest, rest.count, 0) > 0 {}
    }

    private static func request(from connection: Int32) -> Asked? {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        var head: String?
        var wanted = 0
        while true {
            if head == nil, let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let text = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
                bytes.removeSubrange(..<end.upperBound)
                let length = text.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                wanted = length.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
                head = text
            }
            if let head, bytes.count >= wanted { return Asked(head: head, body: bytes) }
            let count = recv(connection, &piece, piece.count, 0)
            guard count > 0 else { return nil }
            bytes += piece[..<count]
        }
    }

    static func answer(_ status: String, _ headers: [String] = [], _ body: String = "") -> [UInt8] {
        Array(
            (["HTTP/1.1 \(status)", "Content-Length: \(body.utf8.count)", "Connection: close"] + headers).joined(
                separator: "\r\n"
            ).utf8)
            + Array("\r\n\r\n\(body)".utf8)
    }
}
