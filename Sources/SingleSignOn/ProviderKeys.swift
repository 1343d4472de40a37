import Crypto
import Foundation
import JWTKit
import Primitives

/// The public keys of a provider (JWKS, RFC 7517): those that can verify RS256 or ES256, and no other. A key of any other kind is as
/// good as none, so that no algorithm is taken because a token names it.
package struct ProviderKeys: Sendable {
    package enum Algorithm: String, Sendable { case rs256 = "RS256", es256 = "ES256" }

    private enum Key: Sendable {
        case rsa(JWTKit.Insecure.RSA.PublicKey)
        case p256(ECDSA.PublicKey<P256>)

        var algorithm: Algorithm {
            switch self {
            case .rsa: .rs256
            case .p256: .es256
            }
        }
    }

    private var keys: [(id: String?, key: Key)] = []

    package var count: Int { keys.count }

    /// More keys than anybody has are none.
    private static let most = 64

    package init(_ document: JSON) throws(EncodingError) {
        guard let list = document["keys"]?.list, list.count <= Self.most else {
            throw EncodingError("is no set of keys")
        }
        for item in list where item["use"]?.text ?? "sig" == "sig" {
            guard let key = Self.key(item), item["alg"]?.text ?? key.algorithm.rawValue == key.algorithm.rawValue else {
                continue
            }
            keys.append((item["kid"]?.text, key))
        }
    }

    /// Nil for what is no key that we verify with; RSA keys below 2048 bits are none.
    private static func key(_ item: JSON) -> Key? {
        switch item["kty"]?.text {
        case "RSA":
            guard let n = item["n"]?.text, let e = item["e"]?.text else { return nil }
            return (try? JWTKit.Insecure.RSA.PublicKey(modulus: n, exponent: e)).map { .rsa($0) }
        case "EC":
            guard item["crv"]?.text == "P-256", let x = item["x"]?.text, let y = item["y"]?.text else { return nil }
            return (try? ECDSA.PublicKey<P256>(parameters: (x: x, y: y))).map { .p256($0) }
        default: return nil
        }
    }

    /// Whether one of them made this signature. A token that names a key is verified with that one only.
    func verify(_ signature: [UInt8], of signed: [UInt8], _ algorithm: Algorithm, key id: String?) throws -> Bool {
        let named = keys.filter { $0.key.algorithm == algorithm && (id == nil || $0.id == id) }
        for candidate in named {
            let verifier = try Self.verifier(candidate.key)
            guard verifier.name == algorithm.rawValue else { continue }
            if (try? verifier.verify(signature, signs: signed)) == true { return true }
        }
        return false
    }

    /// jwt-kit has keys in an actor; what it does there is done on the thread that waits for it here.
    private static func verifier(_ key: Key) throws -> any JWTAlgorithm {
        try WaitingThread.value {
            let keys = JWTKeyCollection()
            switch key {
            case .rsa(let key): await keys.add(rsa: key, digestAlgorithm: .sha256)
            case .p256(let key): await keys.add(ecdsa: key)
            }
            return try await keys.getKey()
        }
    }
}

/// Carries out asynchronous work on the thread that waits for it: no other thread may be free.
private final class WaitingThread: TaskExecutor {
    private let jobs = Monitor<[UnownedJob]>([])

    static func value<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let (thread, outcome) = (WaitingThread(), Monitor<Result<Value, any Error>?>(nil))
        let task = Task.detached(executorPreference: thread) {
            let result: Result<Value, any Error>
            do { result = .success(try await work()) } catch { result = .failure(error) }
            outcome.withLock { $0 = result }
        }
        defer { task.cancel() }
        while true {
            if let result = outcome.withLock({ $0 }) { return try result.get() }
            let job = thread.jobs.waitAndUpdate { $0.isEmpty ? nil : $0.removeFirst() }
            job.runSynchronously(on: thread.asUnownedTaskExecutor())
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.update { $0.append(job) }
    }
}
