import Primitives

/// What requests are signed with. Printing it shows no secret.
package struct S3Credentials: Sendable, Equatable, CustomStringConvertible, CustomDebugStringConvertible,
    CustomReflectable
{
    package var accessKey: String
    package var secret: String
    /// Of temporary credentials.
    package var token: String?
    /// Nil for those that stay.
    package var expires: Timestamp?

    package init(accessKey: String, secret: String, token: String? = nil, expires: Timestamp? = nil) {
        (self.accessKey, self.secret, self.token, self.expires) = (accessKey, secret, token, expires)
    }

    package var description: String { "credentials of \(accessKey.prefix(4))…" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: ["accessKey": "\(accessKey.prefix(4))…"]) }

    /// Whether they end within five minutes, which a long upload could outlast.
    func endsSoon(after now: Timestamp) -> Bool {
        guard let expires else { return false }
        return expires.nanoseconds - now.nanoseconds < 300 * 1_000_000_000
    }
}
