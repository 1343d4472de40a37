import CLinux
import Glibc
import Primitives

/// Says of a data directory that a recovery into it is under way, and of which server: one that was interrupted is recognised and goes on.
struct RecoveryMarker: Equatable {
    static let name = ".safehold-recovery"

    var systemIdentifier: UInt64
    /// Where it brings tablespaces: what is in there is what it came to, and nobody else's.
    var tablespaces: [String] = []
    /// Whether it began with what was there, of which the rest has to go.
    var isInPlace = false

    private static let place = "tablespace "
    private static let way = "in place"

    private static let head =
        "An unfinished recovery by Safehold. Run it again; no server starts here before it is done."

    private static func path(in directory: String) -> String { directory + "/" + name }

    /// Nil where there is none.
    static func read(in directory: String) throws -> RecoveryMarker? {
        guard let bytes = try LocalFile.read(path(in: directory), limit: 1 << 20) else { return nil }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        let places = lines.filter { $0.hasPrefix(place) }.map { String($0.dropFirst(place.count)) }
        // One that was cut short is still one; 0 is no server's.
        return RecoveryMarker(
            systemIdentifier: lines.compactMap { UInt64($0) }.first ?? 0, tablespaces: places,
            isInPlace: lines.contains { $0 == way })
    }

    /// Durable when this returns.
    func write(in directory: String) throws {
        // A name of two lines would be read as another one: it is left out, and has to be empty again.
        let places = tablespaces.filter { !$0.utf8.contains(0x0A) }.map { Self.place + $0 }
        let lines = [Self.head, String(systemIdentifier)] + (isInPlace ? [Self.way] : []) + places
        try LocalFile.write(
            Array((lines.joined(separator: "\n") + "\n").utf8), to: Self.path(in: directory), mode: 0o600)
    }

    /// Durable when this returns: what is there is a server's from then on, and no recovery goes on in it.
    static func remove(in directory: String) throws {
        let removed = sh_unlink(AT_FDCWD, path(in: directory), 0)
        let settled = removed == 0 || removed == -ENOENT ? LocalFile.syncDirectory(of: path(in: directory)) : removed
        guard settled == 0 else { throw SystemError(settled, "removing \(name)").failure(target: directory) }
    }
}

/// What is in a directory that a server may use, or may have used.
enum DataDirectory {
    /// The process of a server that runs on it; nil where there is none.
    static func server(in directory: String) throws -> pid_t? {
        guard let bytes = try LocalFile.read(directory + "/postmaster.pid", limit: 64 << 10),
            let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first,
            let process = pid_t(line.filter { $0 != " " }), process > 0
        else { return nil }
        // A number that nobody has any more was left by a crash.
        guard kill(process, 0) == 0 || errno == EPERM, process != getpid(), process != getppid() else { return nil }
        return process
    }

    /// The first name in it; nil where it is empty or not there.
    static func content(of directory: String) throws -> String? {
        guard let stream = opendir(directory) else {
            if errno == ENOENT { return nil }
            throw TargetTree.unusable(directory, String(cString: strerror(errno)))
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = String(decoding: entry.name, as: UTF8.self)
            if ![".", "..", "lost+found"].contains(name) { return name }
        }
        return nil
    }

    /// Where a symbolic link to a directory leads; nil for anything else.
    static func linked(_ path: String) -> String? {
        var status = sh_stat()
        guard sh_statx(AT_FDCWD, path, &status) == 0, status.mode & S_IFMT == S_IFLNK else { return nil }
        return resolved(path)
    }

    /// The path without links in it; nil for what is not there.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Where its tablespaces are now, as its links say.
    static func tablespaces(of directory: String) throws -> Set<String> {
        let folder = directory + "/pg_tblspc"
        return Set(try LocalFile.names(in: folder).compactMap { linked("\(folder)/\($0)") })
    }
}
