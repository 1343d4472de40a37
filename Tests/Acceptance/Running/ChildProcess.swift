import Foundation
import Glibc
import Synchronization
import Testing

/// How a process ended, and what it said.
struct Ended: Sendable {
    enum Way: Equatable, Sendable { case exit(Int32), signal(Int32), hung }

    var way: Way
    var output: [UInt8]
    var errors: [UInt8]

    /// The exit status; nil after a signal.
    var status: Int32? { if case .exit(let status) = way { status } else { nil } }
    var text: String { String(decoding: output, as: UTF8.self) }
    var errorText: String { String(decoding: errors, as: UTF8.self) }
    /// For the message of an expectation that does not hold.
    var said: Comment { "\(way): \(text.suffix(1500)) \(errorText.suffix(1500))" }
}

/// A process under way. Its output goes to nameless files, so nobody has to read along and nobody can block it.
final class ChildProcess: Sendable {
    let id: pid_t
    private let output: Int32
    private let errors: Int32
    /// One of two ends of which only the process holds the other: that ends with it.
    private let alive: Int32

    /// The first of `words` is an absolute path or a name to be looked for in PATH. Nothing of this process's own SAFEHOLD_…
    /// environment is passed on; the state is in a directory of the tests' where `environment` names none.
    init(_ words: [[UInt8]], environment: [String: String] = [:], directory: String? = nil) throws {
        // One at a time: between its making and its marking as closed on execution, a descriptor could end up in another child.
        let started = try Self.starting.withLock { _ in
            let (output, errors) = (try Self.namelessFile(), try Self.namelessFile())
            // No pipe: a socket is closed on execution from the beginning, also in what others start meanwhile in this process.
            var ends: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            try #require(socketpair(AF_UNIX, kind, 0, &ends) == 0)
            defer { close(ends[1]) }
            let words = (directory.map { ["env".bytes, "-C".bytes, $0.bytes] } ?? []) + words
            let id = try Self.spawn(words, Self.variables(environment), [(output, 1), (errors, 2), (ends[1], 63)])
            return (id, output, errors, ends[0])
        }
        (id, output, errors, alive) = started
    }

    private static let starting = Mutex(())

    private static func variables(_ given: [String: String]) -> [[UInt8]] {
        var all = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("SAFEHOLD_") && !$0.key.hasPrefix("LC_")
        }
        // Whatever a test does not say: nothing is written into the state of whoever runs the tests.
        all.merge(["LANG": "C.UTF-8", "TZ": "UTC", "SAFEHOLD_HOME": Scratch.root + "/state"]) { $1 }
        all.merge(given) { $1 }
        return all.map { "\($0.key)=\($0.value)".bytes }
    }

    private static func spawn(_ words: [[UInt8]], _ variables: [[UInt8]], _ descriptors: [(from: Int32, to: Int32)])
        throws -> pid_t
    {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        for pair in descriptors { posix_spawn_file_actions_adddup2(&actions, pair.from, pair.to) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var (noSignals, allSignals) = (sigset_t(), sigset_t())
        sigemptyset(&noSignals)
        sigfillset(&allSignals)
        posix_spawnattr_setsigmask(&attributes, &noSignals)
        posix_spawnattr_setsigdefault(&attributes, &allSignals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let (arguments, variables) = (words.map(copied), variables.map(copied))
        defer { for string in arguments + variables { string.deallocate() } }
        var child = pid_t()
        let result = posix_spawnp(&child, arguments[0], &actions, &attributes, arguments + [nil], variables + [nil])
        try #require(result == 0, "\(String(decoding: words[0], as: UTF8.self)): \(String(cString: strerror(result)))")
        return child
    }

    private static func copied(_ word: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: word.count + 1)
        for (i, byte) in word.enumerated() { copy[i] = CChar(bitPattern: byte) }
        copy[word.count] = 0
        return copy
    }

    deinit { for descriptor in [output, errors, alive] { close(descriptor) } }

    private static func namelessFile() throws -> Int32 {
        var template = Array((Scratch.root + "/output.XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        unlink(template)
        return descriptor
    }

    func signal(_ number: Int32) { kill(id, number) }

    /// Whether it ended by itself within so many milliseconds. It stays to be waited for.
    func ends(within milliseconds: Int32) -> Bool {
        var watched = pollfd(fd: alive, events: Int16(POLLIN), revents: 0)
        return poll(&watched, 1, milliseconds) != 0
    }

    /// Waits for the end. What takes ten minutes is taken to hang, and is killed.
    func wait() -> Ended {
        let hung = !ends(within: 600_000)
        if hung { signal(SIGKILL) }
        var state: Int32 = 0
        while waitpid(id, &state, 0) < 0, errno == EINTR {}
        let byte = state & 0x7F
        let way: Ended.Way = hung ? .hung : byte == 0 ? .exit((state >> 8) & 0xFF) : .signal(byte)
        return Ended(way: way, output: Self.content(of: output), errors: Self.content(of: errors))
    }

    private static func content(of descriptor: Int32) -> [UInt8] {
        let count = Int(lseek(descriptor, 0, SEEK_END))
        return [UInt8](unsafeUninitializedCapacity: max(count, 1)) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, max(count, 0), 0))
        }
    }

    /// Runs to the end.
    @discardableResult
    static func run(_ words: [String], environment: [String: String] = [:], directory: String? = nil) throws -> Ended {
        try ChildProcess(words.map { Array($0.utf8) }, environment: environment, directory: directory).wait()
    }

    /// Runs a script of the shell, which must succeed, and returns what it printed. `arguments` are $1 and so on.
    @discardableResult
    static func shell(_ script: String, _ arguments: String..., directory: String? = nil) throws -> String {
        let ended = try run(["bash", "-euo", "pipefail", "-c", script, "bash"] + arguments, directory: directory)
        try #require(ended.status == 0, ended.said)
        return ended.text
    }

    /// Whether a program is there.
    static func has(_ program: String) -> Bool {
        (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
            access("\($0)/\(program)", X_OK) == 0
        }
    }
}

let isRoot = geteuid() == 0
