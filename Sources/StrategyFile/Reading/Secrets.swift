import Yams

/// What looks like a secret does not belong into a strategy: the file is read by many, kept, compared, and sent around.
enum Secrets {
    private static let names = ["password", "passphrase", "secret", "token", "credential", "api-key", "access-key", "private-key"]
    private static let marks = [
        "-----begin", "safehold-recipient-key", "safehold-share", "x-amz-signature", "password=", "passphrase=",
        "secret=", "token=",
    ]

    static func isSecretName(_ name: String) -> Bool {
        let plain = name.lowercased().replacing("_", with: "-")
        if plain.hasSuffix("-file") || plain.hasSuffix("-command") { return false }
        return names.contains { plain.contains($0) }
    }

    static func holdsSecret(_ text: String) -> Bool {
        let plain = text.lowercased()
        if marks.contains(where: { plain.contains($0) }) { return true }
        if let scheme = plain.firstRange(of: "://") {
            let authority = plain[scheme.upperBound...].prefix { !"/?#".contains($0) }
            if let at = authority.lastIndex(of: "@"), authority[..<at].contains(":") { return true }
        }
        return text.firstMatch(of: /(?:AKIA|ASIA)[0-9A-Z]{16}/) != nil
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
                        "'\(Entry.clipped(name))' stands for a secret in clear text, which does not belong into this file; name a file that only its reader may read, as '\(fileKey(name))'")
                    continue
                }
                look(in: Entry(
                    node: value, path: entry.path.isEmpty ? name : "\(entry.path).\(name)", ledger: entry.ledger))
            }
        case .sequence(let sequence):
            for (index, item) in sequence.enumerated() {
                look(in: Entry(node: item, path: "\(entry.path)[\(index + 1)]", ledger: entry.ledger))
            }
        case .scalar(let scalar) where holdsSecret(scalar.string):
            entry.problem(
                "holds what looks like a secret in clear text, which does not belong into this file; keep it in a file, in a credentials profile or in the environment")
        default: break
        }
    }

    private static func fileKey(_ name: String) -> String {
        let known = ["passphrase-file", "password-file", "secret-file"]
        return known.first { $0.hasPrefix(name.lowercased()) } ?? name.lowercased() + "-file"
    }
}
