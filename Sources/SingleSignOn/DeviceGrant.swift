import Foundation
import Glibc
import Identity
import Primitives
import Sealing

/// Signing in at a provider from a host that has no browser (RFC 8628): somebody opens an address on any device, and types what is shown here.
package enum DeviceGrant {
    static let grantType = "urn:ietf:params:oauth:grant-type:device_code"

    /// Asks the provider who it is, without anybody signing in.
    package static func check(_ access: borrowing ProviderAccess) throws {
        let connection = ProviderConnection(authorities: access.provider.authorities)
        let document = try ProviderDocument.fetch(access.provider.issuer, connection)
        _ = try keys(document, connection)
    }

    /// `show` is called once, when there is something to be typed. `now` is asked for each time that matters.
    package static func signIn(
        _ access: borrowing ProviderAccess, now: () -> Timestamp, isCancelled: () -> Bool,
        show: (DevicePrompt) throws -> Void
    ) throws -> ProviderStatement {
        let connection = ProviderConnection(authorities: access.provider.authorities)
        let document = try ProviderDocument.fetch(access.provider.issuer, connection)
        let client = ClientCredentials(access, document)
        let request = try DeviceRequest.begin(document, connection, client)
        try show(request.prompt)
        let token = try wait(for: request, document, connection, client, isCancelled)
        do {
            return try IDToken.verify(
                token, keys: try keys(document, connection),
                IDToken.Expectation(issuer: access.provider.issuer, client: access.provider.client, now: now()))
        } catch let problem as TokenProblem {
            throw problem.failure
        }
    }

    private static func wait(
        for request: DeviceRequest, _ document: ProviderDocument, _ connection: ProviderConnection,
        _ client: ClientCredentials, _ isCancelled: () -> Bool
    ) throws -> String {
        var waiting = DeviceWaiting(interval: request.interval, lifetime: request.lifetime)
        while true {
            try pause(waiting.interval, isCancelled)
            let answer = try? connection.post(
                document.tokenEndpoint,
                [("grant_type", grantType), ("device_code", request.deviceCode)] + client.form,
                headers: client.headers)
            switch waiting.take(status: answer?.status, answer?.document) {
            case .wait: continue
            case .token(let token): return token
            case .failed(let failure): throw failure
            }
        }
    }

    private static func pause(_ duration: Duration, _ isCancelled: () -> Bool) throws {
        for _ in 0..<max(1, duration.components.seconds * 5) {
            if isCancelled() {
                throw Failure(.interrupted, "Nobody was signed in.", advice: "Run the command again.")
            }
            usleep(200_000)
        }
    }

    private static func keys(_ document: ProviderDocument, _ connection: ProviderConnection) throws -> ProviderKeys {
        let answer = try connection.get(document.keysAddress)
        if answer.status >= 500 {
            throw ProviderTrouble.unreachable(document.keysAddress, "status \(answer.status)")
        }
        guard answer.status == 200, let set = answer.document, let keys = try? ProviderKeys(set), keys.count > 0 else {
            throw ProviderTrouble.misconfigured(
                "\(document.keysAddress) has no key that tokens are verified with here.",
                "Have the provider sign with RS256 or ES256.")
        }
        return keys
    }
}

/// How a client shows that it is one (RFC 6749, section 2.3.1).
struct ClientCredentials {
    let form: [(String, String)]
    let headers: [String]

    init(_ access: borrowing ProviderAccess, _ document: ProviderDocument) {
        let id = access.provider.client
        let secret = access.secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        if secret.isEmpty {
            (form, headers) = ([("client_id", id)], [])
        } else if document.takesSecretInForm {
            (form, headers) = ([("client_id", id), ("client_secret", secret)], [])
        } else {
            let pair = Data((FormText.encode(id) + ":" + FormText.encode(secret)).utf8).base64EncodedString()
            (form, headers) = ([("client_id", id)], ["Authorization: Basic " + pair])
        }
    }
}

/// What a provider gave for one attempt.
struct DeviceRequest {
    let deviceCode: String
    let prompt: DevicePrompt
    let interval: Duration
    let lifetime: Duration

    static func begin(
        _ document: ProviderDocument, _ connection: ProviderConnection, _ client: ClientCredentials
    ) throws -> DeviceRequest {
        let answer = try connection.post(
            document.deviceEndpoint, client.form + [("scope", "openid")], headers: client.headers)
        if answer.status >= 500 {
            throw ProviderTrouble.unreachable(document.deviceEndpoint, "status \(answer.status)")
        }
        guard answer.status == 200, let given = answer.document.flatMap(DeviceRequest.init) else {
            let why = answer.document?["error"]?.text.map { ErrorWord.printable($0) } ?? "status \(answer.status)"
            throw ProviderTrouble.misconfigured(
                "\(document.deviceEndpoint) lets nobody sign in by this client: \(why).",
                "Check the client's id and secret, and that it may use the device authorization grant with the scope openid."
            )
        }
        return given
    }

    init?(_ document: JSON) {
        guard let code = document["device_code"]?.text, let typed = document["user_code"]?.text,
            let address = document["verification_uri"]?.text, let prompt = DevicePrompt(code: typed, address: address)
        else { return nil }
        (deviceCode, self.prompt) = (code, prompt)
        interval = .seconds(Int64(clamping: min(60, max(1, document["interval"]?.count ?? 5))))
        lifetime = .seconds(Int64(clamping: min(900, max(30, document["expires_in"]?.count ?? 300))))
    }
}

extension TokenProblem {
    /// Nothing of a token is shown.
    var failure: Failure {
        let why =
            switch self {
            case .malformed: "it is no token"
            case .algorithm(let name): "it is signed by '\(ErrorWord.printable(name))', and RS256 and ES256 are taken"
            case .signature: "none of the provider's keys has signed it"
            case .issuer: "it is another issuer's"
            case .audience: "it was made for another client"
            case .expired: "it has expired"
            case .notYet: "it is of a time to come"
            case .old: "it was made long ago"
            case .nonce: "it answers another request"
            case .subject: "it does not say who somebody is"
            }
        return Failure(
            .signInRefused, "The provider's token was not taken: \(why).",
            advice:
                "Compare the clocks of this host and of the provider, and try again. If it stays so, tell whoever is in charge of security; sign in with 'safehold login NAME' until then."
        )
    }
}

/// A word of a provider, short and without what would move a cursor.
enum ErrorWord {
    static func printable(_ text: String) -> String {
        String(decoding: text.utf8.prefix(64).map { (0x20...0x7E).contains($0) ? $0 : 0x3F }, as: UTF8.self)
    }
}
