import Primitives
import RepositoryEngine
import Sealing

/// A recipient's key in the hands of several people.
package enum EscrowShares {
    /// The key that the shares in `files` make together. Throws `share-invalid` with the share that is at fault.
    static func join(files: [String]) throws -> Encapsulation.PrivateKey {
        var printed: [String] = []
        for file in files {
            let text = String(decoding: try NamedFile.read(file, .shareInvalid), as: UTF8.self)
            let lines = text.split(whereSeparator: \.isNewline).filter { $0.contains(SecretShare.prefix) }
            guard !lines.isEmpty else {
                throw Failure(
                    .shareInvalid, "\(file) does not hold a share.",
                    advice: "A share is a line that begins with \(SecretShare.prefix)")
            }
            printed += lines.map(String.init)
        }
        do {
            return try Encapsulation.PrivateKey(seed: try SecretSharing.join(try SecretShare.read(printed)))
        } catch let problem as ShareProblem {
            throw problem.failure
        }
    }

    /// A recipient whose seed nobody keeps whole.
    static func make(
        threshold: Int, shares: Int, label: String, powers: Recipient.Powers, created: Timestamp
    ) throws -> (Recipient, shares: [String]) {
        let key = try Encapsulation.PrivateKey.random()
        var recipient = Recipient(
            id: .random(), kind: .escrow, label: label, publicKey: key.publicKey, created: created, powers: powers)
        recipient.threshold = UInt64(max(0, threshold))
        recipient.shares = UInt64(max(0, shares))
        do {
            let split = try SecretSharing.split(
                secret: key.copySeed(), of: recipient.id, threshold: threshold, shares: shares)
            return (recipient, split.map(\.printed))
        } catch {
            throw error.failure
        }
    }
}
