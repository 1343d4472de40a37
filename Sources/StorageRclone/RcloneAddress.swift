import Primitives

/// A repository at a remote of rclone's: `rclone:REMOTE:PATH`. The remote is a name in rclone's configuration, where its secrets are.
package struct RcloneAddress: Sendable, Equatable {
    package var remote: String
    package var path: String

    package static func isMeant(by text: String) -> Bool { text.hasPrefix("rclone:") }
    package var location: String { "rclone:\(remote):\(path)" }

    /// What rclone calls an object, or a directory for none.
    func target(_ name: String = "") -> String {
        "\(remote):\(path)" + (name.isEmpty ? "" : (path.isEmpty || path.hasSuffix("/") ? "" : "/") + name)
    }

    /// Throws `usage`.
    package static func parse(_ text: String) throws -> RcloneAddress {
        let rest = text.dropFirst("rclone:".count)
        guard let colon = rest.firstIndex(of: ":") else { throw wrong("names no remote") }
        let remote = rest[..<colon]
        // A remote that is described in place (':s3,secret_access_key=…:') would show its secrets in the list of processes.
        let isName =
            !remote.isEmpty && !remote.hasPrefix("-")
            && remote.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
        guard isName else { throw wrong("names no remote of rclone's configuration") }
        var path = String(rest[rest.index(after: colon)...])
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        // rclone serves files below '[REMOTE:PATH]/'.
        guard !path.utf8.contains(0), !path.contains("]") else { throw wrong("has a path with a ']' or a zero byte") }
        return RcloneAddress(remote: String(remote), path: path)
    }

    private static func wrong(_ problem: String) -> Failure {
        Failure(
            .usage, "The address rclone:… \(problem).",
            advice: "Write rclone:REMOTE:PATH with a remote that 'rclone listremotes' shows (docs/stores.md).")
    }
}
