import Primitives

/// What a server is asked to do with what it gets. Backups are sealed before, whatever it does.
package struct StoragePreferences: Sendable, Equatable {
    package enum Encryption: Sendable, Equatable {
        /// By a key of the server's own: AES256.
        case ownKey
        /// By one of its key management; nil for the account's usual one.
        case managedKey(String?)

        /// The header's word for it.
        var algorithm: String { self == .ownKey ? "AES256" : "aws:kms" }
    }

    package var encryption: Encryption?
    /// Nil for the bucket's own.
    package var storageClass: String?

    package init(encryption: Encryption? = nil, storageClass: String? = nil) {
        (self.encryption, self.storageClass) = (encryption, storageClass)
    }

    /// Classes that can be read at once. Others would let a backup end well that nobody can restore without ordering it hours before.
    package static let classes = ["STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"]

    /// Smaller objects stay in the usual class: colder ones bill at least so much for each.
    static let coldest = 128 << 10

    /// What an upload of so many bytes says.
    func headers(for bytes: Int) -> [(name: String, value: String)] {
        var headers: [(name: String, value: String)] = []
        if let encryption { headers.append(("x-amz-server-side-encryption", encryption.algorithm)) }
        if case .managedKey(let key?) = encryption {
            headers.append(("x-amz-server-side-encryption-aws-kms-key-id", key))
        }
        if let storageClass, bytes >= Self.coldest { headers.append(("x-amz-storage-class", storageClass)) }
        return headers
    }

    /// The choices of an address that say the same.
    var choices: [String] {
        var choices: [String] = []
        if let encryption { choices.append("sse=\(encryption.algorithm)") }
        if case .managedKey(let key?) = encryption { choices.append("sse-key=\(PercentEncoding.path(key))") }
        if let storageClass { choices.append("class=\(storageClass)") }
        return choices
    }
}

extension StoragePreferences {
    static let names = ["sse", "sse-key", "class"]

    /// `fail` makes the failure of what is wrong with the address.
    init(_ choices: [String: String], _ fail: (String) -> Failure) throws {
        self.init()
        let key = choices["sse-key"]
        switch choices["sse"] {
        case nil where key == nil: encryption = nil
        case "AES256" where key == nil: encryption = .ownKey
        case "aws:kms": encryption = .managedKey(key)
        case nil, "AES256": throw fail("names a key ('sse-key') that only 'sse=aws:kms' has a use for")
        case let other?: throw fail("asks for an encryption that is neither 'AES256' nor 'aws:kms' ('\(other)')")
        }
        if let key, !key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) {
            throw fail("has an 'sse-key' that cannot be")
        }
        storageClass = choices["class"]
        guard let storageClass, !Self.classes.contains(storageClass) else { return }
        if ["GLACIER", "DEEP_ARCHIVE"].contains(storageClass) {
            throw fail(
                "asks for the class \(storageClass), which takes hours to be read: nothing could be restored, verified or collected from it"
            )
        }
        throw fail("asks for a class that is not one of \(Self.classes.joined(separator: ", ")) ('\(storageClass)')")
    }
}
