import Foundation
import Glibc

/// A directory tree in which git is asked what it ignores.
final class GitReference {
    enum Problem: Error { case git(Int32) }

    let root: String
    private(set) var entries: [(path: [UInt8], isDirectory: Bool)] = []

    init() throws {
        root = NSTemporaryDirectory() + "/safehold-git-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        try git(["init", "--quiet", "."])
    }

    deinit { try? FileManager.default.removeItem(atPath: root) }

    /// Makes an entry, whose parents must have been made before. What the file system refuses is passed over.
    func add(_ path: [UInt8], isDirectory: Bool) {
        let whole = (Array(root.utf8) + [0x2F] + path).map { CChar(bitPattern: $0) } + [0]
        if isDirectory {
            guard mkdir(whole, 0o755) == 0 else { return }
        } else {
            let file = open(whole, O_CREAT | O_EXCL | O_WRONLY, 0o644)
            guard file >= 0 else { return }
            close(file)
        }
        entries.append((path, isDirectory))
    }

    /// Which of the entries git ignores under the patterns, in the order of `entries`.
    func ignored(under lines: [String]) throws -> [Bool] {
        try Data(lines.map { $0 + "\n" }.joined().utf8).write(to: URL(filePath: root + "/.git/info/exclude"))
        // The dot keeps a name that begins with ':' from being taken for something else than a path.
        let input = entries.map { Array("./".utf8) + $0.path + [0] }.joined()
        let output = try git(
            ["check-ignore", "--no-index", "--verbose", "--non-matching", "-z", "--stdin"], Data(input))
        // Source, line, pattern and path, each with a NUL behind it; without a match the first three are empty.
        let fields = output.split(separator: 0, omittingEmptySubsequences: false)
        return entries.indices.map { i in
            let pattern = fields[i * 4 + 2]
            precondition(Array(fields[i * 4 + 3].dropFirst(2)) == entries[i].path)
            return !pattern.isEmpty && pattern.first != UInt8(ascii: "!")
        }
    }

    @discardableResult
    private func git(_ arguments: [String], _ input: Data = Data()) throws -> Data {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["git"] + arguments
        process.currentDirectoryURL = URL(filePath: root)
        process.environment = [
            "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_CONFIG_NOSYSTEM": "1", "HOME": root,
        ]
        let (stdin, stdout) = (Pipe(), Pipe())
        process.standardInput = stdin
        process.standardOutput = stdout
        try process.run()
        // What is written fits into a pipe, so neither side waits for the other.
        stdin.fileHandleForWriting.write(input)
        try stdin.fileHandleForWriting.close()
        let output = try stdout.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        // 1 says that nothing is ignored.
        guard process.terminationStatus <= 1 else { throw Problem.git(process.terminationStatus) }
        return output
    }
}
