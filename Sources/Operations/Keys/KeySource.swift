import CLinux
import Primitives
import RepositoryEngine
import Storage
import Sealing

/// Where somebody's key comes from. Never from arguments or the environment themselves.
package enum KeySource: Sendable, Equatable {
    case passphraseFile(String)
    case recipientFile(String)
    case shareFiles([String])
    case terminal

    package static func missing(_ what: String) -> Failure {
        Failure(
            .passphraseMissing, "\(what) needs a key, and none was given.",
            advice:
                "Pass --passphrase-file FILE, --recipient-file FILE or --share-file FILE, or set SAFEHOLD_PASSPHRASE_FILE."
        )
    }
}

/// Passphrases as they are read from files and terminals.
package enum Passphrase {
    package static let minimumCount = 8

    /// The bytes of a file as they are, less one line end.
    package static func read(file: String) throws -> SecretBytes {
        var bytes = try NamedFile.read(file, .passphraseMissing)
        trimLineEnd(&bytes)
        return SecretBytes(consuming: &bytes)
    }

    package static func trimLineEnd(_ bytes: inout [UInt8]) {
        if bytes.last == 0x0A {
            bytes.removeLast()
            if bytes.last == 0x0D { bytes.removeLast() }
        }
    }

    /// A new passphrase, from a file or asked for twice. Throws `passphrase-weak` for one that can be guessed by its length alone.
    package static func chosen(from source: KeySource, terminal: Terminal) throws -> SecretBytes {
        let passphrase: SecretBytes
        switch source {
        case .passphraseFile(let file): passphrase = try read(file: file)
        case .terminal: passphrase = try askTwice(terminal)
        default: throw KeySource.missing("A new repository")
        }
        let count = passphrase.withUnsafeBytes { String(decoding: $0, as: UTF8.self).unicodeScalars.count }
        guard count >= minimumCount else {
            throw Failure(
                .passphraseWeak,
                count == 0 ? "The passphrase is empty." : "The passphrase has only \(count) characters.",
                advice: "Use at least \(minimumCount); five random words or 20 random characters are good.")
        }
        return passphrase
    }

    private static func askTwice(_ terminal: Terminal) throws -> SecretBytes {
        guard let first = terminal.readSecret("New passphrase: "), let second = terminal.readSecret("The same again: ")
        else {
            throw KeySource.missing("A new repository")
        }
        let same = first.withUnsafeBytes { x in second.withUnsafeBytes { y in x.elementsEqual(y) } }
        guard same else { throw Failure(.usage, "The two passphrases differ.", advice: "Run the command again.") }
        return first
    }
}

extension Repository {
    /// Opens the epochs that the key from `source` has access to.
    package func unlock(_ source: KeySource, terminal: Terminal) throws -> SealOpener {
        let unlocked = try unlockRecipient(source, terminal: terminal)
        let opener = SealOpener(repository: id)
        try keyring.openEpochs(for: unlocked, store: store, into: opener)
        return opener
    }

    package func unlockRecipient(_ source: KeySource, terminal: Terminal) throws -> UnlockedRecipient {
        // scrypt's memory goes back at once, so that it does not add to the peak of what follows.
        defer { sh_release_memory() }
        return try keyring.unlock(try credential(source, terminal))
    }

    private func credential(_ source: KeySource, _ terminal: Terminal) throws -> Credential {
        switch source {
        case .passphraseFile(let file):
            let passphrase = try Passphrase.read(file: file)
            guard passphrase.count > 0 else {
                throw Failure(
                    .passphraseMissing, "The passphrase file \(file) is empty.",
                    advice: "Check that this is the file you mean, and what wrote it.")
            }
            return .passphrase(passphrase)
        case .recipientFile(let file):
            let text = String(decoding: try NamedFile.read(file), as: UTF8.self)
            return .recipientKey(try RecipientKeyFile.privateKey(in: text, file: file))
        case .shareFiles(let files): return .recipientKey(try EscrowShares.join(files: files))
        case .terminal:
            guard let passphrase = terminal.readSecret("Passphrase of \(store.location): ") else {
                throw KeySource.missing("This")
            }
            return .passphrase(passphrase)
        }
    }
}
