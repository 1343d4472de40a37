import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Primitives

/// The real places that credentials come from.
package enum CredentialSurroundings {
    private static let limit = 1 << 20

    /// Nil where there is no such file. Throws where it cannot be read.
    package static func text(of path: String) throws -> String? {
        guard let file = fopen(path, "re") else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Failure(
                .storageCredentials, "The file \(path) cannot be read: \(String(cString: strerror(errno))).",
                advice: "Check its owner and mode, or name another with AWS_SHARED_CREDENTIALS_FILE.")
        }
        defer { fclose(file) }
        return String(decoding: contents(of: file), as: UTF8.self)
    }

    /// What a command of the shell prints. Its errors go where ours go.
    package static func output(of command: String) throws -> String {
        guard let pipe = popen(command, "re") else { throw failed(command) }
        let bytes = contents(of: pipe)
        guard pclose(pipe) == 0 else { throw failed(command) }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func failed(_ command: String) -> Failure {
        Failure(
            .storageCredentials, "The credential_process '\(command.split(separator: " ").first ?? "")' failed.",
            advice: "Run it by hand: what it says stands above.")
    }

    private static func contents(of file: UnsafeMutablePointer<FILE>) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while bytes.count < limit {
            let count = fread(&piece, 1, piece.count, file)
            if count == 0 { break }
            bytes += piece[..<count]
        }
        return bytes
    }

    /// The text that an endpoint of the machine's surroundings answers 200 with. They are near: a second is long.
    package static func fetch(_ method: String, _ address: String, _ headers: [(String, String)]) throws -> String? {
        let client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton),
            configuration: .init(
                redirectConfiguration: .disallow, timeout: .init(connect: .seconds(1), read: .seconds(5))))
        defer { try? client.syncShutdown() }
        let request = try HTTPClient.Request(
            url: address, method: HTTPMethod(rawValue: method), headers: HTTPHeaders(headers))
        let response = try client.execute(
            request: request, delegate: ResponseAccumulator(request: request, maxBodySize: limit),
            deadline: .now() + .seconds(10)
        ).wait()
        guard response.status == .ok, let body = response.body else { return nil }
        return String(buffer: body)
    }
}
