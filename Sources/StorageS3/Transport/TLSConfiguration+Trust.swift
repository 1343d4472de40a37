import NIOSSL
import Primitives

extension TLSConfiguration {
    /// TLS 1.3 or newer, the server's certificate checked; no way around either. `authorities` is a file, nil for the system's.
    static func trusting(_ authorities: String?, showing certificate: ClientCertificate?) throws -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv13
        if let authorities {
            tls.trustRoots = .certificates(
                try reading(authorities, "The certificates in", "'ca=' in the address, SAFEHOLD_S3_CA or AWS_CA_BUNDLE")
                {
                    try NIOSSLCertificate.fromPEMFile($0)
                })
        }
        if let certificate {
            let chain = try reading(certificate.file, "The certificates in", "'cert=' in the address") {
                try NIOSSLCertificate.fromPEMFile($0)
            }
            tls.certificateChain = chain.map { .certificate($0) }
            tls.privateKey = .privateKey(
                try reading(certificate.key, "The private key in", "'key=' in the address") {
                    try NIOSSLPrivateKey(file: $0, format: .pem)
                })
        }
        return tls
    }

    private static func reading<R>(_ file: String, _ what: String, _ place: String, _ read: (String) throws -> R) throws
        -> R
    {
        do {
            return try read(file)
        } catch {
            throw Failure(
                .storageMisconfigured, "\(what) \(file) cannot be read.",
                advice: "Name a file in PEM form, readable and without a passphrase: \(place).")
        }
    }
}
