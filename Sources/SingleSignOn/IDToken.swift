import Identity
import Primitives

/// Why a token of a provider was not taken.
package enum TokenProblem: Error, Sendable, Equatable {
    case malformed
    /// Not RS256 and not ES256.
    case algorithm(String)
    case signature
    case issuer
    case audience
    case expired
    case notYet
    /// It was made long before it came.
    case old
    case nonce
    case subject
}

/// What a provider says of somebody (OpenID Connect Core, section 3.1.3.7), verified before anything in it is believed.
package struct IDToken: Sendable {
    /// How much the clocks of provider and host may differ.
    package static let leeway = Duration.seconds(60)
    /// It comes as soon as it is made.
    package static let longestWay = Duration.seconds(600)
    package static let mostBytes = 32 << 10

    /// What is asked for.
    package struct Expectation: Sendable {
        package var issuer: String
        package var client: String
        /// Of the request that it answers, where the request had one.
        package var nonce: String?
        package var now: Timestamp

        package init(issuer: String, client: String, nonce: String? = nil, now: Timestamp) {
            (self.issuer, self.client, self.nonce, self.now) = (issuer, client, nonce, now)
        }
    }

    package static func verify(
        _ token: String, keys: ProviderKeys, _ expected: Expectation
    ) throws -> ProviderStatement {
        guard token.utf8.count <= mostBytes else { throw TokenProblem.malformed }
        let parts = token.utf8.split(separator: 0x2E, omittingEmptySubsequences: false).map { Array($0) }
        guard parts.count == 3, let header = json(parts[0]), let signature = Base64URL.decode(parts[2]) else {
            throw TokenProblem.malformed
        }
        guard let algorithm = header["alg"]?.text.flatMap(ProviderKeys.Algorithm.init) else {
            throw TokenProblem.algorithm(header["alg"]?.text ?? "")
        }
        // What must be understood and is not known here (RFC 7515, section 4.1.11).
        guard header["crit"] == nil else { throw TokenProblem.malformed }
        guard
            try keys.verify(
                signature, of: parts[0] + [0x2E] + parts[1], algorithm, key: header["kid"]?.text)
        else { throw TokenProblem.signature }
        guard let claims = json(parts[1]) else { throw TokenProblem.malformed }
        try check(claims, expected)
        guard let name = claims["sub"]?.text,
            let subject = try? ProviderSubject(issuer: expected.issuer, name: name)
        else { throw TokenProblem.subject }
        return ProviderStatement(
            subject, authenticated: time(claims["auth_time"]),
            methods: claims["amr"]?.list?.compactMap(\.text) ?? [])
    }

    private static func check(_ claims: JSON, _ expected: Expectation) throws(TokenProblem) {
        guard claims["iss"]?.text == expected.issuer else { throw .issuer }
        let audiences = claims["aud"]?.list?.map(\.text) ?? [claims["aud"]?.text]
        guard audiences.contains(expected.client) else { throw .audience }
        // Who else it is for would take it from us; then it says that we are who asked for it.
        let party = claims["azp"]?.text
        guard party == expected.client || (party == nil && claims["azp"] == nil && audiences.count == 1) else {
            throw .audience
        }
        guard let expires = time(claims["exp"]), let issued = time(claims["iat"]) else { throw .malformed }
        let now = expected.now
        guard now.nanoseconds < expires.later(by: leeway).nanoseconds else { throw .expired }
        guard issued.nanoseconds <= now.later(by: leeway).nanoseconds else { throw .notYet }
        guard now.nanoseconds <= issued.later(by: longestWay).nanoseconds else { throw .old }
        if let start = claims["nbf"] {
            guard let start = time(start) else { throw .malformed }
            guard start.nanoseconds <= now.later(by: leeway).nanoseconds else { throw .notYet }
        }
        if let nonce = expected.nonce, claims["nonce"]?.text != nonce { throw .nonce }
    }

    /// Seconds since 1970, with or without a fraction (RFC 7519, section 2). Nil for what no clock shows.
    private static func time(_ value: JSON?) -> Timestamp? {
        let seconds: Double
        switch value {
        case .count(let whole): seconds = Double(whole)
        case .number(let whole): seconds = Double(whole)
        case .decimal(let number): seconds = number
        default: return nil
        }
        guard seconds >= 0, seconds < 9e9 else { return nil }
        return Timestamp(nanoseconds: Int64(seconds) * 1_000_000_000)
    }

    private static func json(_ part: [UInt8]) -> JSON? { Base64URL.decode(part).flatMap { try? JSON(parsing: $0) } }
}
