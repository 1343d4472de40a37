import Foundation
import Glibc
import Testing

/// A directory of a test's own; it goes when the test is done.
final class Scratch: Sendable {
    /// Above all of them. It goes when this process ends.
    static let root: String = {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        var template = Array("\(base)/safehold-acceptance.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { fatalError("no temporary directory can be made in \(base)") }
        // Some tests look at it as another user.
        chmod(template, 0o755)
        atexit { Scratch.remove(Scratch.root) }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }()

    let path: String

    init() throws {
        path = Self.root + "/" + UUID().uuidString.prefix(8)
        try #require(mkdir(path, 0o755) == 0)
    }

    deinit { Self.remove(path) }

    func folder(_ name: String) throws -> String {
        try #require(mkdir(path + "/" + name, 0o755) == 0)
        return path + "/" + name
    }

    func write(_ text: String, _ name: String) throws -> String {
        try Data(text.utf8).write(to: URL(filePath: path + "/" + name))
        // Whatever files are made like here: what names programs must not be for others to change.
        try #require(chmod(path + "/" + name, 0o644) == 0)
        return path + "/" + name
    }

    /// `rm` goes into paths of any length, and leaves what is mounted alone.
    private static func remove(_ path: String) {
        var child = pid_t()
        let words = ["rm", "-rf", "--one-file-system", "--", path].map { (word: String) in strdup(word) }
        defer { for word in words { free(word) } }
        guard posix_spawnp(&child, "rm", nil, nil, words + [nil], environ) == 0 else { return }
        waitpid(child, nil, 0)
    }
}
