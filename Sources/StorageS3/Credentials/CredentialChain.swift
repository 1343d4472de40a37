import Primitives

/// Finds credentials where the usual tools look for them, keeps them, and fetches others before they end.
package final class CredentialChain: Sendable {
    /// What the chain may ask; tests give their own.
    package struct Sources: Sendable {
        package var variable: @Sendable (String) -> String?
        /// The text of a file; nil where there is none.
        package var file: @Sendable (String) throws -> String?
        /// What a command of the shell prints.
        package var command: @Sendable (String) throws -> String
        /// A request to an endpoint of the machine's own surroundings: method, address, headers. Nil where nothing answers with 200.
        package var fetch: @Sendable (String, String, [(String, String)]) -> String?

        package init(
            variable: @escaping @Sendable (String) -> String?, file: @escaping @Sendable (String) throws -> String?,
            command: @escaping @Sendable (String) throws -> String,
            fetch: @escaping @Sendable (String, String, [(String, String)]) -> String?
        ) {
            (self.variable, self.file, self.command, self.fetch) = (variable, file, command, fetch)
        }
    }

    private let sources: Sources
    private let profile: String?
    private let clock: WallClock
    private let known = Monitor<S3Credentials?>(nil)

    /// `profile` is what the repository's address names, before AWS_PROFILE.
    package init(_ sources: Sources, profile: String? = nil, clock: WallClock = .system) {
        (self.sources, self.profile, self.clock) = (sources, profile, clock)
    }

    /// A chain of one link, for whoever has credentials at hand.
    package static func only(_ credentials: S3Credentials) -> CredentialChain {
        let variables = [
            "AWS_ACCESS_KEY_ID": credentials.accessKey, "AWS_SECRET_ACCESS_KEY": credentials.secret,
            "AWS_SESSION_TOKEN": credentials.token,
        ]
        return CredentialChain(
            Sources(
                variable: { variables[$0] ?? nil }, file: { _ in nil }, command: { _ in "" }, fetch: { _, _, _ in nil })
        )
    }

    /// Throws `storage-credentials` where there are none.
    package func current() throws -> S3Credentials {
        try known.withLock { known in
            if let known, !known.endsSoon(after: clock.now()) { return known }
            let found = try find()
            known = found
            return found
        }
    }

    /// Makes the next call look again: the server refused these.
    package func forget(_ refused: S3Credentials) {
        known.withLock { if $0 == refused { $0 = nil } }
    }

    private func find() throws -> S3Credentials {
        // A profile that was named is meant; the environment's keys must not win over it.
        if profile == nil, let found = try environment() { return found }
        if let found = try SharedCredentials(sources, profile: profile).find() { return found }
        let metadata = MetadataCredentials(sources)
        if profile == nil, let found = try metadata.container() ?? metadata.instance() { return found }
        throw Failure(
            .storageCredentials,
            "No credentials for the S3 server were found\(profile.map { " in the profile '\($0)'" } ?? "").",
            advice:
                "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or write them into ~/.aws/credentials (docs/s3.md lists all places)."
        )
    }

    private func environment() throws -> S3Credentials? {
        let (key, secret) = (sources.variable("AWS_ACCESS_KEY_ID"), sources.variable("AWS_SECRET_ACCESS_KEY"))
        guard let key, let secret else {
            guard key == nil, secret == nil else {
                throw Failure(
                    .storageCredentials, "Only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set.",
                    advice: "Set both, or neither and use ~/.aws/credentials.")
            }
            return nil
        }
        return S3Credentials(accessKey: key, secret: secret, token: sources.variable("AWS_SESSION_TOKEN"))
    }
}
