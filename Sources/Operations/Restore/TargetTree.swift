import CLinux
import Glibc
import Primitives

/// An open directory below the target; closed when nobody needs it any more.
final class DirectoryHandle: Sendable {
    let descriptor: Int32
    /// Whether it was there before this run, so that names in it may be taken.
    let existed: Bool
    /// Whether files made in it get an access control list that the snapshot does not know.
    let hasDefaultACL: Bool

    init(descriptor: Int32, existed: Bool) {
        self.descriptor = descriptor
        self.existed = existed
        hasDefaultACL = existed && sh_fgetxattr(descriptor, "system.posix_acl_default", nil, 0) > 0
    }

    deinit { close(descriptor) }

    /// The names in it but for "." and "..", in no order.
    func names() throws -> [[UInt8]] {
        let listing = sh_open_below(descriptor, ".")
        guard listing >= 0 else { throw SystemError(listing, "listing it") }
        guard let stream = fdopendir(listing) else {
            defer { close(listing) }
            throw SystemError(errno, "listing it")
        }
        defer { closedir(stream) }
        var names: [[UInt8]] = []
        while true {
            // Only errno tells the end from a failure in the middle.
            errno = 0
            guard let entry = readdir(stream) else { break }
            let name = entry.name
            if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
        }
        guard errno == 0 else { throw SystemError(errno, "listing it") }
        return names
    }

    /// A directory in it, whatever path it is reached by; never one that a link leads to.
    func directory(_ name: [UInt8]) throws -> DirectoryHandle {
        let found = name.withPath { sh_open_directory(descriptor, $0) }
        guard found >= 0 else { throw SystemError(found, "opening it") }
        return DirectoryHandle(descriptor: found, existed: true)
    }
}

extension UnsafeMutablePointer<dirent> {
    var name: [UInt8] {
        withUnsafePointer(to: &pointee.d_name) { tuple in
            tuple.withMemoryRebound(to: UInt8.self, capacity: 256) {
                Array(
                    UnsafeBufferPointer(
                        start: $0, count: strlen(UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))))
            }
        }
    }
}

/// A failed system call, as an entry's problem sees it.
struct SystemError: Error {
    var number: Int32
    var doing: String

    init(_ number: Int32, _ doing: String) { (self.number, self.doing) = (abs(number), doing) }

    var reason: String { "\(doing): \(String(cString: strerror(number)))" }

    /// Whether going on with the next entry would only meet the same again.
    var endsTheRun: Bool {
        [ENOSPC, EDQUOT, EIO, EROFS, EMFILE, ENFILE, ENODEV, ESTALE, ENOTCONN, ESHUTDOWN].contains(number)
    }

    func failure(target: String) -> Failure {
        let (code, advice): (Failure.Code, String) =
            switch number {
            case ENOSPC, EDQUOT:
                (
                    .storageFull,
                    "Free space or raise the quota there, then run the same command again: it goes on where it stopped."
                )
            case EROFS: (.storageDenied, "Mount the file system writable, or choose another target.")
            case EMFILE, ENFILE:
                (.targetUnusable, "Raise the limit of open files (ulimit -n), then run the same command again.")
            default:
                (
                    .storageFailed,
                    "Check the disk or mount of the target, then run the same command again: it goes on where it stopped."
                )
            }
        return Failure(code, "Cannot go on writing into \(target): \(reason).", advice: advice)
    }
}

extension [UInt8] {
    /// Hands the bytes to `body` as a C string.
    func withPath<R>(_ body: (UnsafePointer<CChar>) throws -> R) rethrows -> R {
        try withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
            guard let base = buffer.baseAddress else {
                preconditionFailure("a buffer of at least one byte has an address")
            }
            for (i, byte) in enumerated() { buffer[i] = CChar(bitPattern: byte) }
            buffer[count] = 0
            return try body(UnsafePointer(base))
        }
    }
}

/// The directory that is restored into. No symbolic link below it is ever followed.
final class TargetTree: Sendable {
    /// Temporary names are this, a number for the run, a number for the file, and the suffix.
    static let temporaryPrefix = Array(".safehold-".utf8)
    static let temporarySuffix = Array(".part".utf8)
    private static let longestStep = 3800

    let path: String
    let root: DirectoryHandle
    let touched = TouchedFileSystems()
    let isSuperuser = geteuid() == 0
    let user = geteuid()
    let group = getegid()
    private let run = UInt32.random(in: 0 ... .max)

    private let guarded: GuardedState?

    private init(path: String, root: DirectoryHandle, guarded: GuardedState?) {
        self.path = path
        self.root = root
        self.guarded = guarded
    }

    /// Opens the target, makes it where it is missing, and locks it against a second restore. A rehearsal makes nothing: where the
    /// target is missing, it looks at an empty directory in its stead.
    static func open(_ path: String, dryRun: Bool, guarded: GuardedState? = nil) throws -> TargetTree {
        var existed = true
        var descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor < 0, errno == ENOENT {
            existed = false
            if !dryRun {
                do {
                    try LocalFile.makeDirectories(path)
                } catch let failure as Failure where failure.code == .stateUnusable {
                    throw unusable(path, failure.message)
                }
            }
            descriptor = Glibc.open(dryRun ? "/" : path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard descriptor >= 0 else { throw unusable(path, String(cString: strerror(errno))) }
        let tree = TargetTree(
            path: path, root: DirectoryHandle(descriptor: descriptor, existed: existed), guarded: guarded)
        if dryRun { return tree }
        if guarded?.contains(descriptor: descriptor) == true {
            throw unusable(path, "it lies in the state of this host")
        }
        guard access(path, W_OK | X_OK) == 0 else { throw unusable(path, String(cString: strerror(errno))) }
        guard sh_try_lock(descriptor) != -EWOULDBLOCK else {
            throw unusable(path, "another restore is writing into it")
        }
        return tree
    }

    static func unusable(_ path: String, _ reason: String) -> Failure {
        Failure(
            .targetUnusable, "Cannot restore into \(path): \(reason).",
            advice: "Choose a directory that can be written, with --target; it is made if it does not exist.")
    }

    /// Opens a directory by its path relative to the target, however long that is.
    func openDirectory(_ relative: [UInt8], existed: Bool = true) throws -> DirectoryHandle {
        var descriptor: Int32 = -1
        var rest = relative[...]
        repeat {
            var step = rest
            if step.count > Self.longestStep {
                let cut = step.prefix(Self.longestStep).lastIndex(of: 0x2F) ?? step.endIndex
                step = step[..<cut]
            }
            rest = rest[step.endIndex...].drop { $0 == 0x2F }
            let next = Array(step).withPath { sh_open_below(descriptor < 0 ? root.descriptor : descriptor, $0) }
            if descriptor >= 0 { close(descriptor) }
            guard next >= 0 else { throw SystemError(next, "opening its directory") }
            descriptor = next
        } while !rest.isEmpty
        try requireUnguarded(descriptor)
        return DirectoryHandle(descriptor: descriptor, existed: existed)
    }

    /// Closes a directory and throws where it is in the host's own state.
    func requireUnguarded(_ descriptor: Int32) throws {
        guard guarded?.contains(descriptor: descriptor) == true else { return }
        close(descriptor)
        throw SystemError(EPERM, "it lies in the state of this host")
    }

    func temporaryName(_ number: UInt32) -> [UInt8] {
        Self.temporaryPrefix + Array(String(run, radix: 16).utf8) + [0x2D] + Array(String(number, radix: 16).utf8)
            + Self.temporarySuffix
    }

    static func isTemporary(_ name: [UInt8]) -> Bool {
        name.starts(with: temporaryPrefix) && name.suffix(temporarySuffix.count).elementsEqual(temporarySuffix)
    }

    /// Removes what a killed run left in `directory`; the target's lock says that no other run is at work.
    func removeLeftovers(in directory: DirectoryHandle) -> UInt64 {
        let leftovers = ((try? directory.names()) ?? []).filter { Self.isTemporary($0) }
        return UInt64(leftovers.count { $0.withPath { sh_unlink(directory.descriptor, $0, 0) } == 0 })
    }
}
