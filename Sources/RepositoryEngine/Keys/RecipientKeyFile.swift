import Primitives
import Sealing

/// The text files that carry a recipient's keys between people.
package enum RecipientKeyFile {
    private static let privatePrefix = "SAFEHOLD-RECIPIENT-KEY-1:"
    private static let publicPrefix = "SAFEHOLD-RECIPIENT-1:"

    /// The private key: whoever has this file opens what was sealed to it.
    package static func privateText(_ key: borrowing Encapsulation.PrivateKey, label: String) -> String {
        let seed = key.copySeed()
        let hex = seed.withUnsafeBytes { raw in Hex.encode(raw) + Hex.encode(SHA256Digest.of(raw).bytes.prefix(4)) }
        return """
            # Safehold recipient key (private): \(label)
            # Whoever has this file can read the backups. Keep it offline and in two places.
            \(privatePrefix)\(hex)

            """
    }

    /// The public key: it only seals.
    package static func publicText(_ key: Encapsulation.PublicKey, label: String) -> String {
        """
        # Safehold recipient (public): \(label)
        # Give this file to the administrator of the repository: safehold keys add --recipient FILE
        \(publicPrefix)\(Hex.encode(key.bytes))\(Hex.encode(SHA256Digest.of(key.bytes).bytes.prefix(4)))

        """
    }

    package static func privateKey(in text: String, file: String) throws -> Encapsulation.PrivateKey {
        var bytes = try payload(of: text, privatePrefix, count: 32, file: file, wanted: "a recipient's private key")
        return try Encapsulation.PrivateKey(seed: SecretBytes(consuming: &bytes))
    }

    package static func publicKey(in text: String, file: String) throws -> Encapsulation.PublicKey {
        if text.contains(privatePrefix) {
            throw Failure(
                .keyUnreadable, "\(file) holds a private key where a public one is wanted.",
                advice: "Pass the .pub file that was made beside it, and keep the private one to its owner.")
        }
        let bytes = try payload(
            of: text, publicPrefix, count: Encapsulation.publicKeyCount, file: file, wanted: "a recipient's public key")
        do {
            return try Encapsulation.PublicKey(bytes: bytes)
        } catch {
            throw Failure(.keyUnreadable, "\(file) \(error.problem).", advice: "Ask for the file again.")
        }
    }

    private static func payload(of text: String, _ prefix: String, count: Int, file: String, wanted: String) throws
        -> [UInt8]
    {
        for line in text.split(whereSeparator: \.isNewline) where line.hasPrefix(prefix) {
            let digits = line.dropFirst(prefix.count).filter { !$0.isWhitespace }
            guard let bytes = Hex.decode(digits), bytes.count == count + 4,
                Array(SHA256Digest.of(Array(bytes[..<count])).bytes.prefix(4)) == Array(bytes[count...])
            else {
                throw Failure(
                    .keyUnreadable, "The key in \(file) is mistyped or cut off: its checksum does not hold.",
                    advice: "Copy the file again from its origin.")
            }
            return Array(bytes[..<count])
        }
        throw Failure(
            .keyUnreadable, "\(file) does not hold \(wanted).",
            advice: "Make one with 'safehold keys generate --output FILE'.")
    }
}
