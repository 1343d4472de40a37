import Primitives

/// The credentials and config files that S3 tools share: sections of profiles, lines of NAME = VALUE.
struct SharedCredentials {
    private let sources: CredentialChain.Sources
    private let profile: String
    private let isNamed: Bool

    init(_ sources: CredentialChain.Sources, profile: String?) {
        self.sources = sources
        let named = profile ?? sources.variable("AWS_PROFILE")
        self.profile = named ?? "default"
        isNamed = named != nil
    }

    /// Nil when no profile was asked for and the files have none.
    func find() throws -> S3Credentials? {
        let home = sources.variable("HOME") ?? ""
        let secrets = sources.variable("AWS_SHARED_CREDENTIALS_FILE") ?? home + "/.aws/credentials"
        let config = sources.variable("AWS_CONFIG_FILE") ?? home + "/.aws/config"
        for (file, section) in [(secrets, profile), (config, profile == "default" ? profile : "profile " + profile)] {
            guard let text = try sources.file(file) else { continue }
            if let found = try read(Self.section(section, of: text), file) { return found }
        }
        guard isNamed else { return nil }
        throw Failure(
            .storageCredentials, "There is no profile '\(profile)' with credentials in \(secrets) or \(config).",
            advice: "Check AWS_PROFILE and the name in the repository's address, or add the profile.")
    }

    private func read(_ values: [String: String], _ file: String) throws -> S3Credentials? {
        if let key = values["aws_access_key_id"], let secret = values["aws_secret_access_key"] {
            return S3Credentials(accessKey: key, secret: secret, token: values["aws_session_token"])
        }
        guard let command = values["credential_process"] else { return nil }
        let answer = try sources.command(command)
        guard let found = CredentialAnswer.read(answer, token: "SessionToken") else {
            throw Failure(
                .storageCredentials,
                "The credential_process of profile '\(profile)' in \(file) did not print credentials.",
                advice: "Run the command by hand: it has to print the JSON that its documentation describes.")
        }
        return found
    }

    /// The values of one section, by name in lower case. Later ones win, as they do elsewhere.
    static func section(_ wanted: String, of text: String) -> [String: String] {
        var values: [String: String] = [:]
        var isInside = false
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.isEmpty || line.hasPrefix("#") || line.hasPrefix(";") { continue }
            if line.hasPrefix("[") {
                isInside = line.hasSuffix("]") && line.dropFirst().dropLast().trimmed == wanted
            } else if isInside, let equals = line.firstIndex(of: "=") {
                values[line[..<equals].trimmed.lowercased()] = String(line[line.index(after: equals)...].trimmed)
            }
        }
        return values
    }
}

extension StringProtocol where SubSequence == Substring {
    fileprivate var trimmed: Substring {
        var rest = self[...]
        while let first = rest.first, first.isWhitespace { rest.removeFirst() }
        while let last = rest.last, last.isWhitespace { rest.removeLast() }
        return rest
    }
}
