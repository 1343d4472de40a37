import AsyncHTTPClient
import Glibc
import NIOHTTP1
import NIOSSL
import Primitives
import Storage

/// Signs, sends, and tries again what may be tried again.
final class S3Client: Sendable {
    /// What an answer came after.
    struct Outcome: Sendable {
        var answer: S3Answer
        /// Whether an earlier attempt may have been carried out although nobody heard of it.
        var mayHaveHappened = false
    }

    let address: S3Address
    private let transport: Transport
    private let credentials: CredentialChain
    private let clock: WallClock
    private let budget = RetryBudget()
    private let hasAnswered = Monitor(false)
    private let gate = RequestGate()
    private let sent = Monitor<UInt64>(0)
    private let recorder = Monitor<Recorder?>(nil)
    private let told = Monitor<StoreMoment?>(nil)
    private let sleep: @Sendable (Int) -> Void

    init(
        _ address: S3Address, _ credentials: CredentialChain, _ transport: Transport, clock: WallClock = .system,
        sleep: @escaping @Sendable (Int) -> Void = { usleep(UInt32($0) * 1000) }
    ) {
        (self.address, self.credentials, self.transport) = (address, credentials, transport)
        (self.clock, self.sleep) = (clock, sleep)
    }

    /// Returns the first answer that says something of the request. `between` is asked before the request is sent once more; what it
    /// returns is taken for the answer.
    func perform(_ request: S3Request, between: () throws -> S3Answer? = { nil }) throws -> Outcome {
        var attempt = 1
        while true {
            let trouble: Trouble
            switch try sendOnce(request) {
            case .said(let answer): return Outcome(answer: answer, mayHaveHappened: attempt > 1)
            case .trouble(let found): trouble = found
            }
            // A server that never answered is more likely named wrongly than busy.
            let attempts = hasAnswered.withLock { $0 } ? 9 : 4
            guard attempt < attempts else { throw S3Failure.givenUp(trouble, "\(attempts) times in a row", address) }
            guard budget.take() else { throw S3Failure.givenUp(trouble, "too often in this run", address) }
            sleep(Retries.pause(afterAttempt: attempt) { Int.random(in: $0) })
            if let answer = try between() { return Outcome(answer: answer, mayHaveHappened: true) }
            attempt += 1
        }
    }

    private enum Attempt {
        case said(S3Answer)
        case trouble(Trouble)
    }

    private func sendOnce(_ request: S3Request) throws -> Attempt {
        do {
            let used = try credentials.current()
            var answer = try send(request, used)
            if Self.isOver(answer) {
                // Temporary credentials may have ended early, or a file may hold newer ones.
                credentials.forget(used)
                answer = try send(request, try credentials.current())
            }
            if let trouble = trouble(answer, request) { return .trouble(trouble) }
            hasAnswered.withLock { $0 = true }
            if answer.isFine { budget.refill() }
            return .said(answer)
        } catch let error where !(error is Failure) {
            guard Retries.isTransient(error) else { throw S3Failure.connection(error, address) }
            return .trouble(.connection(error))
        }
    }

    private func send(_ request: S3Request, _ credentials: S3Credentials) throws -> S3Answer {
        sent.withLock { $0 += 1 }
        let answer = try gate.holding {
            try transport.send(
                try signed(request, credentials), request.body, limit: request.limit,
                isFirst: !hasAnswered.withLock { $0 })
        }
        gate.learn(answer)
        if let date = answer.date { told.withLock { $0 = StoreMoment(time: date) } }
        record(request, answer)
        return answer
    }

    /// What the newest answer said of the server's clock.
    var lastMoment: StoreMoment? { told.withLock { $0 } }

    /// Whoever is given here is told of every request that was answered.
    func remember(_ record: @escaping @Sendable (StoreAccess) -> Void) {
        recorder.withLock { $0 = Recorder(add: record) }
    }

    /// A bare closure in generic storage is wrapped once more at every look at it, until the stack is full.
    private struct Recorder: Sendable { let add: @Sendable (StoreAccess) -> Void }

    private func record(_ request: S3Request, _ answer: S3Answer) {
        guard let recorder = recorder.withLock({ $0 }) else { return }
        recorder.add(
            StoreAccess(
                time: clock.now(), bucket: address.bucket, key: request.key ?? "", operation: request.method.rawValue,
                status: answer.status, request: answer.header("x-amz-request-id") ?? ""))
    }

    var requestsAtOnce: Int { gate.count }

    /// Those that were tried again among them.
    var requestsMade: UInt64 { sent.withLock { $0 } }

    /// Of the newest connection; nil before there was one.
    var tlsVersion: String? { transport.tlsVersion }

    /// Whether the server makes a connection that offers these groups and no other. Throws where it could not be tried.
    func agrees(toOnly groups: [NIOTLSCurve]) throws -> Bool {
        let probe = try transport.offering(groups)
        let request = S3Request(method: .HEAD)
        do {
            _ = try probe.send(
                try signed(request, try credentials.current()), request.body, limit: request.limit, isFirst: true)
            return true
        } catch let error where !(error is Failure) {
            if Retries.isHandshake(error) { return false }
            throw S3Failure.givenUp(.connection(error), "to be asked for its keys", address)
        }
    }

    enum Trouble {
        case answer(S3Answer)
        case incomplete(String)
        case connection(any Error)
    }

    private func trouble(_ answer: S3Answer, _ request: S3Request) -> Trouble? {
        if request.isTrial, [400, 422].contains(answer.status) { return nil }
        if Retries.isTransient(status: answer.status, code: answer.code) { return .answer(answer) }
        return request.problem(answer).map { .incomplete($0) }
    }

    private static func isOver(_ answer: S3Answer) -> Bool {
        ["ExpiredToken", "ExpiredTokenException", "InvalidToken", "TokenRefreshRequired"].contains(answer.code)
    }

    private func signed(_ request: S3Request, _ credentials: S3Credentials) throws -> HTTPClient.Request {
        let now = clock.now()
        let payload = Hex.encode(request.body.digest)
        var headers =
            request.headers + [
                ("host", address.authority), ("x-amz-date", SignatureV4.text(now)), ("x-amz-content-sha256", payload),
            ]
        if let token = credentials.token { headers.append(("x-amz-security-token", token)) }
        let path = address.path(of: request.key)
        let authorization = SignatureV4(credentials, region: address.region, at: now).authorization(
            for: SignatureV4.Request(
                method: request.method.rawValue, path: path, query: request.query, headers: headers, payload: payload))
        let query = request.query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
        let url =
            (address.endpoint.isEncrypted ? "https://" : "http://") + address.authority + path
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        headers += [("authorization", authorization), ("user-agent", "safehold")]
        return try HTTPClient.Request(
            url: url, method: request.method, headers: HTTPHeaders(headers.map { ($0.name, $0.value) }))
    }
}
