import Yams

/// What looks like a secret does not belong into a strategy: the file is read by many, kept, compared, and sent around.
enum Secrets {
    private static let names = [
        "password", "passphrase", "secret", "token", "credential", "api-key", "access-key", "private-key",
    ]
    private static let marks = [
        ("-----begin", "a private key"), ("safehold-recipient-key", "a private key"),
        ("safehold-share", "an escrow share"),
        ("x-amz-signature", "a signed address"), ("password=", "a password"), ("passphrase=", "a passphrase"),
        ("secret=", "a secret"), ("token=", "a token"),
    ]

    static func isSecretName(_ name: String) -> Bool {
        let plain = name.lowercased().replacing("_", with: "-")
        if plain.hasSuffix("-file") || plain.hasSuffix("-command") { return false }
        return names.contains { plain.contains($0) }
    }

    /// What sort of secret it seems to hold.
    static func secret(in text: String) -> String? {
        let plain = text.lowercased()
        if let mark = marks.first(where: { plain.contains($0.0) }) { return mark.1 }
        if let scheme = plain.firstRange(of: "://") {
            let authority = plain[scheme.upperBound...].prefix { !"/?#".contains($0) }
            if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") {
                return "an address with a password"
            }
        }
        return text.firstMatch(of: /(?:AKIA|ASIA)[0-9A-Z]{16}/) == nil ? nil : "an access key"
    }

    /// Names each place in the tree. A message never repeats what stands there.
    static func look(in entry: Entry) {
        switch entry.node {
        case .mapping(let mapping):
            for (key, value) in mapping {
                let name = key.scalar?.string ?? ""
                let place = Entry(node: key, path: entry.path, ledger: entry.ledger)
                if isSecretName(name), value.scalar?.string.isEmpty == false {
                    place.problem(
                        "'\(Entry.clipped(name))' is a secret, and secrets do not belong into this file; name a file that holds it, as '\(fileKey(name))'"
                    )
                    continue
                }
                look(
                    in: Entry(
                        node: value, path: entry.path.isEmpty ? name : "\(entry.path).\(name)", ledger: entry.ledger))
            }
        case .sequence(let sequence):
            for (index, item) in sequence.enumerated() {
                look(in: Entry(node: item, path: "\(entry.path)[\(index + 1)]", ledger: entry.ledger))
            }
        case .scalar(let scalar):
            guard let secret = secret(in: scalar.string) else { return }
            entry.problem(
                "holds what looks like \(secret), and secrets do not belong into this file; keep it in a file, in a credentials profile or in the environment"
            )
        default: break
        }
    }

    private static func fileKey(_ name: String) -> String {
        let known = ["passphrase-file", "password-file", "secret-file"]
        return known.first { $0.hasPrefix(name.lowercased()) } ?? name.lowercased() + "-file"
    }
}
