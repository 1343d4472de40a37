import Crypto
import Primitives
import Strategy

/// A POST over TLS 1.3, signed: whoever gets it knows by the secret that it comes from us, and by the time in the signature that it is not
/// an old one sent again.
package struct WebhookChannel: MessageChannel {
    private let url: String
    private let secretFile: String
    private let authorityFile: String?
    private let clock: WallClock
    private let patience: ChannelPatience

    package init(
        _ url: String, secretFile: String, authorityFile: String? = nil, clock: WallClock = .system,
        patience: ChannelPatience = ChannelPatience()
    ) {
        (self.url, self.secretFile, self.authorityFile) = (url, secretFile, authorityFile)
        (self.clock, self.patience) = (clock, patience)
    }

    package func send(_ message: ComposedMessage) throws(MessageFailure) {
        guard let address = WebAddress(url) else {
            throw MessageFailure(
                "A webhook's address begins with https:// and holds no user, no password and no space.",
                isHopeless: true)
        }
        let body = Array(WebhookBody.of(message).utf8)
        let seconds = clock.now().nanoseconds.dividedFloor(by: 1_000_000_000)
        let headers = [
            "Content-Type: application/json", "User-Agent: safehold", "Idempotency-Key: \(message.identifier)",
            "Safehold-Signature: t=\(seconds),v1=\(try signature(seconds, body))", "Expect:",
        ]
        try WebRequest(
            address: address, headers: headers, body: body, authorityFile: authorityFile, patience: patience
        ).send()
    }

    /// HMAC-SHA256 over "TIME.BODY", in hexadecimal digits.
    private func signature(_ seconds: Int64, _ body: [UInt8]) throws(MessageFailure) -> String {
        do {
            return try SecretFile.withSecret(secretFile) { secret in
                Self.signature(seconds, body, SymmetricKey(data: secret))
            }
        } catch let failure as MessageFailure {
            throw failure
        } catch {
            throw MessageFailure("\(error)")
        }
    }

    static func signature(_ seconds: Int64, _ body: [UInt8], _ key: SymmetricKey) -> String {
        var code = HMAC<SHA256>(key: key)
        code.update(data: Array("\(seconds).".utf8))
        code.update(data: body)
        return Hex.encode(Array(code.finalize()))
    }
}
