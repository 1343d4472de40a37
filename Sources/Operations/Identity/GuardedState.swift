import CLinux
import Capture
import Glibc
import Primitives

/// The host's own state, where a directory of persons says who may do what. Nobody reaches it by naming a path: whoever could have it overwritten would
/// be whom he likes, and whoever could have it backed up and shown had the host's keys.
package struct GuardedState: Sendable, Equatable {
    /// As the kernel has it, without links.
    package let path: [UInt8]

    /// Nil where no directory of persons was founded.
    package init?(_ state: HostState) {
        guard access(state.root + "/identity", F_OK) == 0, let path = Self.real(Array(state.root.utf8)) else {
            return nil
        }
        self.path = path
    }

    /// Whether an absolute path is the state, or lies in it, with links followed as far as there is something.
    package func contains(_ given: [UInt8]) -> Bool { isInside(Self.resolved(given)) }

    /// The same of an open directory.
    func contains(descriptor: Int32) -> Bool {
        Self.real(Array("/proc/self/fd/\(descriptor)".utf8)).map(isInside) ?? true
    }

    /// Throws for a path that is in the state.
    package func require(outside given: [UInt8]) throws {
        guard contains(given) else { return }
        throw Failure(
            .notPermitted,
            "\(String(decoding: given, as: UTF8.self)) lies in the state of this host, which nobody reaches by naming a path.",
            advice: "Choose another place. Whoever administers this host copies its state with other tools.")
    }

    /// What no backup takes in, by its numbers: they hold whatever path leads there.
    var files: Set<FileNumber> {
        let names = [[]] + Self.names(in: path).flatMap { [$0] + Self.names(in: path + [0x2F] + $0, below: $0) }
        return Set(names.compactMap { FileNumber(at: $0.isEmpty ? path : path + [0x2F] + $0) })
    }

    private func isInside(_ other: [UInt8]) -> Bool {
        other == path || (other.starts(with: path) && (path == [0x2F] || other[path.count] == 0x2F))
    }

    private static func names(in directory: [UInt8], below prefix: [UInt8] = []) -> [[UInt8]] {
        let found = (try? LocalFile.names(in: String(decoding: directory, as: UTF8.self))) ?? []
        return found.map { prefix.isEmpty ? Array($0.utf8) : prefix + [0x2F] + Array($0.utf8) }
    }

    private static func real(_ path: [UInt8]) -> [UInt8]? {
        path.withPath { name in
            guard let resolved = realpath(name, nil) else { return nil }
            defer { free(resolved) }
            return Array(UnsafeRawBufferPointer(start: resolved, count: strlen(resolved)))
        }
    }

    private static func resolved(_ path: [UInt8]) -> [UInt8] {
        if let path = real(path) { return path }
        guard let slash = path.lastIndex(of: 0x2F), slash > path.startIndex else { return path }
        let parent = resolved(Array(path[..<slash]))
        return (parent == [0x2F] ? [] : parent) + path[slash...]
    }
}

/// A file that the host goes by: what it says is what the host does, with the host's keys.
package enum TrustedFile {
    /// The file as the kernel has it, without links. Throws `not-permitted` where somebody else than root and the account that runs this could change
    /// it, or exchange it for another.
    package static func requireOwn(_ file: String, what: String) throws -> String {
        guard let resolved = realpath(file, nil) else {
            // What is not there is said by whoever reads it; nobody else may put it there meanwhile.
            guard file != "/", let slash = file.lastIndex(of: "/") else { return file }
            _ = try requireOwn(
                slash == file.startIndex ? "/" : String(file[..<slash]), what: "What might come to be in")
            return file
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        var prefix = path
        while true {
            var status = stat()
            guard stat(prefix, &status) == 0, isOwn(status, isFile: prefix == path) else {
                throw Failure(
                    .notPermitted,
                    "\(what) \(path) is not relied on: others could change \(prefix == path ? "it" : "what is in \(prefix)").",
                    advice:
                        "Where people sign in, the file and all folders above it belong to root or to the account that Safehold runs as, and nobody else may write there."
                )
            }
            guard prefix != "/", let slash = prefix.lastIndex(of: "/") else { return path }
            prefix = slash == prefix.startIndex ? "/" : String(prefix[..<slash])
        }
    }

    private static func isOwn(_ status: stat, isFile: Bool) -> Bool {
        guard status.st_uid == 0 || status.st_uid == geteuid() else { return false }
        if status.st_mode & (S_IWGRP | S_IWOTH) == 0 { return true }
        // As in /tmp: others make files there, and touch nobody else's.
        return !isFile && status.st_mode & S_ISVTX != 0
    }
}
