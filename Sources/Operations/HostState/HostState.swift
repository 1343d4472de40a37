import CLinux
import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a host keeps outside the repository: writer identities and caches, one folder for each repository.
package struct HostState: Sendable {
    /// An absolute path.
    package let root: String

    package init(root: String) { self.root = root }

    package func folder(of repository: RepositoryID) -> String { root + "/" + repository.hex }
    package func identityPath(of repository: RepositoryID) -> String { folder(of: repository) + "/identity" }

    /// This host's identity as a writer of `repository`. Throws `identity-missing`, or `identity-foreign` when it is not what this
    /// repository's administrator certified.
    package func identity(for repository: Repository) throws -> WriterIdentity {
        let path = identityPath(of: repository.id)
        guard let bytes = try LocalFile.read(path, limit: 1 << 20) else {
            throw Failure(
                .identityMissing,
                "This host is not a writer of the repository at \(repository.store.location): there is no \(path).",
                advice:
                    "Run 'safehold init --join' here with the owner's passphrase, or set SAFEHOLD_HOME to where the identity is."
            )
        }
        let identity: WriterIdentity
        do {
            identity = try WriterIdentity(decoding: bytes)
        } catch {
            throw Failure(
                .identityForeign, "\(path) \(error.problem).",
                advice: "Restore the file, or enrol this host anew with 'safehold init --join'.")
        }
        guard identity.repository == repository.id, identity.administrator == repository.format.administrator,
            let certificate = repository.keyring.writers[identity.id], certificate.key == identity.signing.publicKey,
            certificate.domain == identity.domain
        else {
            throw Failure(
                .identityForeign, "The identity in \(path) was not certified by this repository's administrator.",
                advice:
                    "The repository was replaced, or the identity belongs to another one. Compare the fingerprint with the recovery kit."
            )
        }
        return identity
    }

    /// Keeps the identity of a writer that was withdrawn, where nothing looks for one.
    func setAside(_ writer: WriterID, of repository: RepositoryID) throws {
        let path = identityPath(of: repository)
        try LocalFile.replace("\(path).withdrawn-\(writer.hex.prefix(8))", with: path)
    }

    /// Writes the identity once, readable by its owner only.
    package func save(_ identity: borrowing WriterIdentity) throws {
        try LocalFile.makeDirectories(folder(of: identity.repository))
        try LocalFile.write(identity.encoded(), to: identityPath(of: identity.repository))
    }
}
