import CLinux
import Glibc
import Primitives
import TransparencyLog

/// A copy of a log for somebody who is to read and verify it without this host.
package struct AuditExport {
    private let folder: String
    package var log: String { folder + "/log" }

    /// Makes the folder. Throws `target-unusable` where something is in it.
    package init(to folder: String) throws {
        self.folder = folder
        if try !LocalFile.names(in: folder).isEmpty {
            throw Failure(.targetUnusable, "\(folder) is not empty.", advice: "Choose a new or an empty directory.")
        }
        try LocalFile.makeDirectories(folder)
    }

    /// A file of as many lines as `body` adds.
    package func write(_ name: String, _ body: (_ add: (String) throws -> Void) throws -> Void) throws {
        let file = try LineFile(folder + "/" + name)
        try body { try file.add($0.utf8) }
        try file.finish()
    }

    private func write(_ name: String, lines: [String]) throws { try write(name) { add in try lines.forEach(add) } }

    /// The log, its entries one a line, and what it is to be verified by. What was written is read and verified once more.
    package func write(_ book: AuditBook) throws {
        try LocalFile.write(book.policy.bytes, to: folder + "/policy")
        let keys = book.policy.logs.map { "\($0.key)" }
        try write("log.vkey", lines: keys)
        let entries = try LineFile(folder + "/entries.jsonl")
        try book.forEach { _, bytes in try entries.add(bytes) }
        try entries.finish()
        try write("README.txt", lines: Self.explanation)
        // It is there where it was put together from a repository.
        if book.place.state != log { try copyLog(book) }
        let copy = try AuditBook(exported: log, policy: book.policy)
        try copy.reader.verify()
    }

    private func copyLog(_ book: AuditBook) throws {
        let copy = try LogFolder(log, for: .writing)
        var files: [LogFile] = []
        try book.reader.forEachFile { file in
            files.append(file)
            guard files.count == 64 else { return }
            try copy.write(files)
            files = []
        }
        try copy.write(files)
        try copy.remove(["lock"])
    }

    private static let explanation = [
        "This is a copy of a Safehold audit log.", "",
        "acts.txt       what was done, for people", "acts.jsonl     the same, one JSON object a line",
        "entries.jsonl  every entry as it is in the log: the first line is entry 0",
        "log/           the log with its signed checkpoint, as C2SP tlog-tiles has it",
        "log.vkey       the log's Ed25519 key, as C2SP signed-note writes it",
        "policy         both keys of the log, as C2SP tlog-policy writes them",
        "",
        "The keys here are worth what the way is worth that they came by: compare them with what you were given before.",
        "docs/audit-log.md of Safehold says what each byte is, and which programs of others verify it.",
    ]
}
