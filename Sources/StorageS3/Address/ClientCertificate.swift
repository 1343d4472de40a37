/// What this host shows to a server that wants to know who calls, beside the signature of each request. Files, which stay where they are.
package struct ClientCertificate: Sendable, Equatable {
    /// PEM, with what leads to an authority that the server knows.
    package var file: String
    /// PEM, without a passphrase.
    package var key: String

    package init(file: String, key: String) { (self.file, self.key) = (file, key) }
}
