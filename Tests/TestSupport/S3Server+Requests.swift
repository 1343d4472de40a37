import Foundation

extension S3Server {
    package struct Said: Sendable {
        package var status: Int
        package var body: String
    }

    /// A signed request by curl, with the account's own key: what anybody can do who has it, and nothing of ours in between.
    /// `target` is "bucket/key?query", its queries in the order of their names.
    @discardableResult
    package func request(
        _ method: String, _ target: String, _ headers: [String] = [], body: String = "", printsHeaders: Bool = false,
        asGuest: Bool = false
    ) throws -> Said {
        let process = Process()
        process.executableURL = URL(filePath: "/bin/sh")
        // The key goes in by a variable, and the body's hashes are made here.
        process.arguments =
            [
                "-c",
                """
                hash=$(printf %s "$BODY" | sha256sum | cut -d ' ' -f 1); md5=$(printf %s "$BODY" | openssl md5 -binary | base64)
                printf 'user = "%s"\\n' "$USER_KEY" | curl -s -K - -w '\\n%{http_code}' --aws-sigv4 "aws:amz:$REGION:s3" -X "$METHOD" \\
                    -H "x-amz-content-sha256: $hash" -H "content-md5: $md5" ${BODY:+--data-binary "$BODY"} "$@" "$TARGET"
                """, "sh",
            ] + (printsHeaders ? ["-D", "-", "-o", "/dev/null"] : []) + headers.flatMap { ["-H", $0] }
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "BODY": body, "METHOD": method,
            "USER_KEY": asGuest ? "\(guest.accessKey):\(guest.secret)" : "\(accessKey):\(secret)", "REGION": region,
            "TARGET": "\(endpoint)/\(target)",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        let lines = said.split(separator: "\n", omittingEmptySubsequences: false)
        guard let status = lines.last.flatMap({ Int($0) }) else { throw DidNotStart(said: said) }
        return Said(status: status, body: lines.dropLast().joined(separator: "\n"))
    }

    /// Lets the second account do these things, in the bucket and below a prefix of it, and nothing else.
    package func allowGuest(_ bucket: String, below prefix: String, bucketActions: [String], objectActions: [String])
        throws
    {
        func statement(_ actions: [String], _ resource: String) -> String {
            let names = actions.map { "\"\($0)\"" }.joined(separator: ",")
            return
                "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"arn:aws:iam:::user/guest\"]},\"Action\":[\(names)],\"Resource\":[\"arn:aws:s3:::\(resource)\"]}"
        }
        let statements = [statement(bucketActions, bucket), statement(objectActions, "\(bucket)/\(prefix)/*")]
        let policy = "{\"Version\":\"2012-10-17\",\"Statement\":[\(statements.joined(separator: ","))]}"
        let said = try request("PUT", "\(bucket)?policy=", body: policy)
        guard said.status < 300 else { throw DidNotStart(said: said.body) }
    }

    /// The ids of all versions of a key, the newest first.
    package func versions(_ bucket: String, _ key: String) throws -> [String] {
        let prefix = key.replacing("/", with: "%2F")
        let list = try request("GET", "\(bucket)?prefix=\(prefix)&versions=").body
        return list.matches(of: /<VersionId>([^<]+)<\/VersionId>/).map { String($0.output.1) }
    }
}
