import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing

/// Makes a recipient's pair of keys in two files.
package enum GenerateKey {
    package struct Summary: Sendable {
        package var privateFile: String
        package var publicFile: String
        /// SHA-256 of the public key.
        package var fingerprint: Digest32
    }

    package static func run(permit: consuming Permit<KeyAction>, output: String, label: String) throws -> Summary {
        let key = try Encapsulation.PrivateKey.random()
        let publicFile = output + ".pub"
        try NamedFile.create(output, RecipientKeyFile.privateText(key, label: label), mode: 0o600)
        do {
            try NamedFile.create(publicFile, RecipientKeyFile.publicText(key.publicKey, label: label), mode: 0o644)
        } catch {
            // Half a pair would stand in the way of the next attempt.
            unlink(output)
            throw error
        }
        return Summary(privateFile: output, publicFile: publicFile, fingerprint: SHA256Digest.of(key.publicKey.bytes))
    }
}
