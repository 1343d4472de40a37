import Primitives
import Sealing
import Storage

/// A repository whose FORMAT was read and whose key records were checked.
package struct Repository: Sendable {
    package let store: any ObjectStore
    package let format: FormatFile
    package let keyring: Keyring
    package var checked = CheckedRecords()

    package var id: RepositoryID { format.repository }

    /// Throws `repository-missing`, `repository-newer`, or what is wrong with its key records.
    package static func open(_ store: any ObjectStore) throws -> Repository {
        let bytes: [UInt8]
        do {
            bytes = try store.readAll(Names.format, limit: 64 << 10)
        } catch let failure as Failure where failure.code == .objectMissing {
            throw Failure(
                .repositoryMissing, "There is no repository at \(store.location).",
                advice: store.directory.map {
                    "Check the path and that its disk is mounted, or make one with 'safehold init --repository \($0)'."
                } ?? "Check bucket, prefix and endpoint, or make one there with 'safehold init'."
            )
        }
        let format = try FormatFile(decoding: bytes)
        return Repository(
            store: store, format: format, keyring: try Keyring(format: format, formatBytes: bytes, store: store))
    }

    /// Opens the epochs that `credential` has access to.
    package func unlock(_ credential: borrowing Credential) throws -> SealOpener {
        let opener = SealOpener(repository: id)
        let unlocked = try keyring.unlock(credential)
        try keyring.openEpochs(for: unlocked, store: store, into: opener)
        return opener
    }
}
