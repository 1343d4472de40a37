import Strategy

/// How a server is reached, as libpq and the server's programs take it (PostgreSQL documentation, 34.1.1.1). It holds no secret: passwords come
/// from the service file, the password file, or need not be, by peer authentication.
struct ConnectionString {
    let text: String
    static let longestTimeout = Duration.seconds(15)

    /// `timeout` is in seconds, for each of the server's addresses; libpq takes one for two.
    init(
        _ plan: PostgresPlan, isReplicating: Bool = false, timeout: Int = Int(longestTimeout.components.seconds)
    ) {
        let parts: [(String, String?)] = [
            ("service", plan.service), ("host", plan.host), ("port", plan.port.map(String.init)), ("user", plan.user),
            ("passfile", plan.passwordFile), ("dbname", isReplicating ? "replication" : plan.database),
            ("replication", isReplicating ? "true" : nil), ("application_name", "safehold"),
            ("connect_timeout", String(max(1, timeout))),
        ]
        text = parts.compactMap { name, value in value.map { "\(name)=\(Self.quoted($0))" } }.joined(separator: " ")
    }

    private static func quoted(_ value: String) -> String {
        "'" + value.replacing("\\", with: "\\\\").replacing("'", with: "\\'") + "'"
    }
}
