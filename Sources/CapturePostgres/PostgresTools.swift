import Capture
import Glibc
import Primitives

/// Where the server's own programs lie: an archive is restored by the major version that made it, or a newer one, and only the server's own
/// knows all that the server has.
struct PostgresTools {
    private let folder: String

    /// `named` is a directory that somebody gave. Throws `toolMissing` where there is no `program` of the version.
    init(major: Int, named: String?, needing program: String = "pg_dump") throws(StreamFailure) {
        let folders = named.map { [$0] } ?? Self.usual(major)
        var others: [String] = []
        for folder in folders where access("\(folder)/\(program)", X_OK) == 0 {
            guard let found = Self.major(of: "\(folder)/\(program)") else { continue }
            if found == major {
                self.folder = folder
                return
            }
            others.append("\(folder) has version \(found)")
        }
        let seen =
            others.isEmpty ? "there is none in \(folders.joined(separator: ", "))" : others.joined(separator: ", ")
        throw StreamFailure(
            .toolMissing, "The server is of version \(major), and no \(program) of that version was found: \(seen).",
            advice:
                "Install it (on Debian postgresql-\(program == "postgres" ? "" : "client-")\(major)), or name its directory with 'programs'."
        )
    }

    func path(_ program: String) -> String { folder + "/" + program }

    /// Where distributions put them, newest conventions first; then PATH.
    private static func usual(_ major: Int) -> [String] {
        let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/bin:/bin"
        return ["/usr/lib/postgresql/\(major)/bin", "/usr/pgsql-\(major)/bin", "/usr/lib/postgresql\(major)/bin"]
            + path.split(separator: ":").map(String.init)
    }

    /// Of "pg_dump (PostgreSQL) 15.18 (Debian …)".
    private static func major(of program: String) -> Int? {
        guard let end = try? BoundedProgram([program, "--version"], timeout: .seconds(20)).run(), end.problem == nil
        else { return nil }
        let words = String(decoding: end.output, as: UTF8.self).split(whereSeparator: { $0 == " " || $0.isNewline })
        return words.lazy.compactMap { $0.prefix { $0.isNumber }.isEmpty ? nil : Int($0.prefix { $0.isNumber }) }.first
    }
}
