import CLinux
import Glibc
import Primitives
import Sealing
import WriteAheadLog

/// A directory of this host's with files of a log that will be asked for soon. Each is named by its content and by its checksum, which is
/// looked at again before it is used: whatever was left there by a process or a machine that died does no harm.
package struct LogSpool: Sendable {
    package let folder: String
    /// What is known of snapshots that were read.
    package var index: String { folder + "/index" }

    /// Throws `state-unusable` where it can neither be used nor made, and where others can put something into it: a server would take it for its log.
    package init(folder: String) throws {
        try LocalFile.makeDirectories(folder)
        guard access(folder, R_OK | W_OK | X_OK) == 0 else { throw LocalFile.unusable(errno, "write to", folder) }
        var status = sh_stat()
        guard sh_statx(AT_FDCWD, folder, &status) == 0, status.mode & S_IFMT == S_IFDIR, status.mode & 0o022 == 0,
            status.uid == geteuid() || status.uid == 0
        else {
            throw Failure(
                .stateUnusable, "Others than you can put files into \(folder).",
                advice: "Remove it, or name a directory of your own with --spool.")
        }
        self.folder = folder
    }

    /// The name that a location and a component have among others.
    package static func name(location: String, component: String) -> String {
        SHA256Digest.of(Array("\(location)\n\(component)".utf8)).hex.prefix(32).description
    }

    struct Spooled {
        var path: String
        var checksum: UInt32
    }

    /// Nil where it has none.
    func find(_ name: LogFileName) -> Spooled? {
        for text in names() {
            if let parts = Self.parts(text), parts.name == name {
                return Spooled(path: "\(folder)/\(text)", checksum: parts.checksum)
            }
        }
        return nil
    }

    /// Those of `files` that it does not have.
    func lacking(_ files: [ArchivedFile]) -> [ArchivedFile] {
        let there = Set(names().compactMap { Self.parts($0).map { "\($0.name)-\($0.digest.hex)" } })
        return files.filter { !there.contains("\($0.name)-\($0.digest.hex)") }
    }

    /// Where a file goes whose content, of which that is the checksum, had its digest when it was fetched.
    func path(_ file: ArchivedFile, _ checksum: UInt32) -> String {
        "\(folder)/\(file.name)-\(file.digest.hex)-\(String(checksum, radix: 16))"
    }

    /// Removes all but `wanted`, and what processes left that are no more.
    func tidy(keeping wanted: Set<LogFileName>) {
        for text in names() {
            if let parts = Self.parts(text) {
                if !wanted.contains(parts.name) { unlink("\(folder)/\(text)") }
            } else if text.hasSuffix(".new"),
                let process = text.split(separator: ".").dropLast().last.flatMap({ Int32($0) }),
                kill(process, 0) != 0, errno == ESRCH
            {
                unlink("\(folder)/\(text)")
            }
        }
    }

    static func parts(_ text: String) -> (name: LogFileName, digest: Digest32, checksum: UInt32)? {
        let words = text.split(separator: "-")
        guard words.count == 3, let name = LogFileName(words[0]), let digest = Digest32(hex: words[1]),
            let checksum = UInt32(words[2], radix: 16)
        else { return nil }
        return (name, digest, checksum)
    }

    func names() -> [String] { (try? LocalFile.names(in: folder)) ?? [] }
}
