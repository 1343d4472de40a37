import AsyncHTTPClient
import FoundationEssentials
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import Primitives
import Storage

/// One rclone that waits for requests (`rclone rcd`) for as long as this process lives. It listens on loopback only, under a password that
/// is made for this run and told to it in its environment; the remote's own secrets stay in rclone's configuration.
final class RcloneServer: Sendable {
    struct Answer: Sendable {
        var status: Int
        var body: [UInt8]
        var isFound: Bool { status != 404 }

        /// What rclone says of a failure.
        var error: String {
            struct Said: Decodable { var error: String }
            return (try? JSONDecoder().decode(Said.self, from: Data(body)))?.error ?? "status \(status)"
        }
    }

    /// rclone ended, or does not answer.
    struct Lost: Error {
        var reason: String
    }

    /// Nobody is asked for a passphrase of the configuration; what is tried again is bounded.
    private static let words = [
        "rclone", "rcd", "--rc-addr", "127.0.0.1:0", "--rc-serve", "--ask-password=false", "--low-level-retries", "5",
        "--contimeout", "20s", "--timeout", "120s", "--log-level", "NOTICE", "--stats", "0",
    ]
    /// It ends when our end of its input is closed, however we end.
    private static let script =
        "exec 3<&0; { read -r _ <&3; kill $$; } >/dev/null 2>&1 & exec \"$@\" </dev/null 3<&-"

    private let child: pid_t
    private let input: Int32
    private let base: String
    private let authorization: String
    private let client: HTTPClient
    private let said: Monitor<[UInt8]>
    /// Ends with rclone.
    private let listener = WorkerThreads()

    init() throws {
        let (user, password) = ("safehold", SealedObjectID.random().hex + SealedObjectID.random().hex)
        authorization = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        let said = Monitor<[UInt8]>([])
        self.said = said
        let settings = [
            "RCLONE_RC_USER=\(user)", "RCLONE_RC_PASS=\(password)", "RCLONE_RC_NO_AUTH=false", "RCLONE_RC_HTPASSWD=",
        ]
        var ends: [(ours: Int32, theirs: Int32)] = []
        do {
            for _ in 0..<2 { ends.append(try ProgramLaunch.channel()) }
            child = try ProgramLaunch.start(
                ["sh", "-c", Self.script, "sh"] + Self.words, [ends[0].theirs, ends[1].theirs, ends[1].theirs],
                settings: settings)
        } catch let failed as ProgramLaunch.Failed {
            for end in ends.flatMap({ [$0.ours, $0.theirs] }) { close(end) }
            throw RcloneFailure.noProgram(failed.reason)
        }
        for end in ends { close(end.theirs) }
        input = ends[0].ours
        listener.start { [errors = ends[1].ours] in Self.listen(errors, said) }
        client = HTTPClient(
            eventLoopGroupProvider: .shared(MultiThreadedEventLoopGroup.singleton), configuration: Self.configuration)
        do {
            base = try Self.address(said)
        } catch {
            Self.end(client, input, child, listener)
            throw error
        }
    }

    deinit { Self.end(client, input, child, listener) }

    private static func end(_ client: HTTPClient, _ input: Int32, _ child: pid_t, _ listener: WorkerThreads) {
        try? client.syncShutdown()
        close(input)
        var state: Int32 = 0
        while waitpid(child, &state, 0) < 0, errno == EINTR {}
        listener.joinAll()
    }

    private static var configuration: HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout.connect = .seconds(20)
        configuration.proxy = nil
        return configuration
    }

    /// Reads what rclone logs, of which the last is kept.
    private static func listen(_ errors: Int32, _ said: Monitor<[UInt8]>) {
        defer { close(errors) }
        var piece = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(errors, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return said.update { $0 += Array("\n(ended)\n".utf8) } }
            said.update { said in
                said += piece[..<count]
                if said.count > 64 << 10 { said.removeFirst(said.count - 32 << 10) }
            }
        }
    }

    /// Where it says that it serves.
    private static func address(_ said: Monitor<[UInt8]>) throws -> String {
        let found = said.wait { said -> Result<String, Failure>? in
            let text = String(decoding: said, as: UTF8.self)
            if let start = text.firstRange(of: "http://127.0.0.1:"),
                let end = text[start.upperBound...].firstIndex(of: "/")
            {
                return .success(String(text[start.lowerBound..<end]))
            }
            return text.contains("(ended)") ? .failure(RcloneFailure.didNotStart(text)) : nil
        }
        return try found.get()
    }

    /// Has rclone do `command`, and returns what it says.
    func ask(_ command: String, _ input: some Encodable) throws -> Answer {
        let headers = HTTPHeaders([("Authorization", authorization), ("Content-Type", "application/json")])
        return try perform(
            try HTTPClient.Request(
                url: "\(base)/\(command)", method: .POST, headers: headers,
                body: .data(try JSONEncoder().encode(input))))
    }

    /// `count` bytes of a file from `offset` on, or fewer where it ends before.
    func read(_ directory: String, _ file: String, _ offset: Int64, _ count: Int) throws -> Answer {
        let headers = HTTPHeaders([
            ("Authorization", authorization), ("Range", "bytes=\(offset)-\(offset + Int64(count) - 1)"),
        ])
        let path = Self.escaped("[\(directory)]") + "/" + Self.escaped(file)
        return try perform(try HTTPClient.Request(url: "\(base)/\(path)", method: .GET, headers: headers))
    }

    private func perform(_ request: HTTPClient.Request) throws -> Answer {
        do {
            let response = try client.execute(request: request).wait()
            return Answer(
                status: Int(response.status.code), body: response.body.map { Array($0.readableBytesView) } ?? [])
        } catch {
            let last = String(decoding: said.withLock { $0.suffix(300) }, as: UTF8.self)
            throw Lost(reason: "\(error); \(last)")
        }
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "/"):
                out.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = Array("0123456789ABCDEF")
                out += "%" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
            }
        }
        return out
    }
}
