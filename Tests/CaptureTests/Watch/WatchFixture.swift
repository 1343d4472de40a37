import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// A watched folder of its own. What the kernel tells is there as soon as a change is made, so tests ask for it without waiting.
struct WatchFixture {
    /// fanotify takes root, and may be refused in a container.
    static let hasFanotify =
        geteuid() == 0
        && {
            guard let folder = try? TemporaryFolder(), let watcher = try? watcher([folder.path], .fanotify) else {
                return false
            }
            return watcher.reports.first?.method == .fanotify
        }()
    static let kernelMethods: [WatchMethod] = hasFanotify ? [.inotify, .fanotify] : [.inotify]

    let folder: TemporaryFolder
    let watcher: ChangeWatcher
    var root: String { folder.path + "/root" }

    /// Watches `root` in the folder after `prepare` made what is below it.
    init(
        _ method: WatchMethod, leavingOut: Set<String> = [], omitted: [String] = [],
        settings: WatchSettings = WatchSettings(), prepare: (String) throws -> Void = { _ in }
    ) throws {
        folder = try TemporaryFolder()
        let root = folder.path + "/root"
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        try prepare(root)
        var settings = settings
        settings.method = method
        let watched = WatchedRoot(
            id: "etc", path: Array(root.utf8), omitted: omitted.map { Array((root + "/" + $0).utf8) }
        ) { path, _ in leavingOut.contains(String(decoding: path, as: UTF8.self)) }
        watcher = try ChangeWatcher(roots: [watched], settings: settings)
        #expect(watcher.reports.first?.method == method)
    }

    static func watcher(_ paths: [String], _ method: WatchMethod) throws -> ChangeWatcher {
        var settings = WatchSettings()
        settings.method = method
        return try ChangeWatcher(
            roots: paths.map { WatchedRoot(id: URL(filePath: $0).lastPathComponent, path: Array($0.utf8)) },
            settings: settings)
    }

    func path(_ relative: String) -> String { relative.isEmpty ? root : root + "/" + relative }
    func makeDirectory(_ relative: String) throws { try Files.makeDirectory(path(relative)) }
    func write(_ relative: String, _ text: String = "text") throws { try Files.write(path(relative), text) }
    func move(_ from: String, _ to: String) throws { try Files.move(path(from), path(to)) }
    func remove(_ relative: String) throws { try FileManager.default.removeItem(atPath: path(relative)) }

    /// Whether what was done was told of.
    func isTold() -> Bool { !watcher.drain().isEmpty }
    func causes() -> Set<ChangedRoot.Cause> { watcher.drain().reduce(into: []) { $0.formUnion($1.causes) } }
}

/// What programs do to files, by plain system calls.
enum Files {
    struct Failed: Error { var what: String, errno: Int32 }

    static func check(_ result: Int32, _ what: String) throws {
        if result < 0 { throw Failed(what: what, errno: errno) }
    }

    static func makeDirectory(_ path: String) throws { try check(mkdir(path, 0o755), "mkdir \(path)") }
    static func move(_ from: String, _ to: String) throws { try check(rename(from, to), "rename \(from)") }

    /// renameat2(2) with RENAME_EXCHANGE, which Swift's Glibc does not show.
    static func exchange(_ one: String, _ other: String) throws {
        typealias Call = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32
        let address = try #require(dlsym(nil, "renameat2"))
        try check(unsafeBitCast(address, to: Call.self)(AT_FDCWD, one, AT_FDCWD, other, 2), "renameat2")
    }

    static func write(_ path: String, _ text: String = "text") throws {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        try check(file, "open \(path)")
        let written = Glibc.write(file, text, text.utf8.count)
        close(file)
        try check(Int32(written), "write \(path)")
        untilClosed(path)
    }

    /// Returns when nobody has a file open for writing. A child that another test starts meanwhile holds what is open here until it has become another
    /// program, and only then the kernel tells that the file was closed.
    private static func untilClosed(_ path: String) {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        defer { close(file) }
        // F_SETLEASE, which Swift's Glibc does not show: a lease for reading is given when nobody writes.
        let setLease: Int32 = 1024
        while fcntl(file, setLease, F_RDLCK) != 0, errno == EAGAIN { usleep(100) }
        _ = fcntl(file, setLease, F_UNLCK)
    }

    /// As editors do: a new file beside the old one takes its name.
    static func saveByRename(_ path: String, _ text: String) throws {
        try write(path + ".swp", text)
        try write(path + "~new", text)
        try check(chmod(path + "~new", 0o600), "chmod")
        try move(path + "~new", path)
        try check(unlink(path + ".swp"), "unlink")
    }
}
