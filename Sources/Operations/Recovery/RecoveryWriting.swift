import CLinux
import Capture
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// Brings a base backup into a data directory, with what a server needs to recover from there.
package struct RecoveryWriting: Sendable {
    package struct Outcome: Sendable, Equatable {
        package var files: UInt64 = 0
        /// Files that were there and were as they should be; only in place.
        package var filesSame: UInt64 = 0
        /// Content that was written, of new files and of amended ones.
        package var bytes: UInt64 = 0
        /// Entries that did not belong.
        package var removed: UInt64 = 0
    }

    let opened: OpenedRepository
    let base: StoredBaseBackup
    let site: RecoverySite
    var unarchived: UnarchivedLog?
    let observer: any OperationObserver

    private var directory: String { site.layout.dataDirectory }

    func run(permit: () throws -> Permit<RestoreAction>, settings: RecoverySettings, waitsForMedium: Bool) throws
        -> Outcome
    {
        let owner = Self.owner(of: directory)
        for tree in site.layout.trees { try Self.makeDirectory(tree.target) }
        try RecoveryMarker(
            systemIdentifier: base.facts.systemIdentifier, tablespaces: site.layout.tablespaces.map(\.target),
            isInPlace: site.isInPlace
        ).write(in: directory)
        try removeControlFile()
        var outcome = Outcome()
        if site.isInPlace {
            try unarchived?.setAside()
            try amend(&outcome)
        }
        for tree in site.layout.trees {
            try restore(&outcome, try permit(), to: tree.target, waitsForMedium) { options in
                (options.parent, options.leftOut) = (tree.source, tree.leftOut)
            }
        }
        try link()
        // What lies in its own directory of the log a server takes from there, and no `wal get` looks into it before.
        try TablespaceGuard(recovering: directory).checkOwnLog()
        try makeLogDirectories()
        try write(settings)
        try Self.giveAway(site.layout.trees.map(\.target), to: owner)
        _ = sh_chmod(AT_FDCWD, directory, 0o700)
        try restore(&outcome, try permit(), to: directory, waitsForMedium) { options in
            options.parent = site.layout.trees[0].source
            options.selection = ["/" + String(decoding: site.layout.controlFile, as: UTF8.self)]
            options.overwrite = .always
        }
        try Self.giveAway([directory + "/global"], to: owner)
        try RecoveryMarker.remove(in: directory)
        if owner?.user == 0 {
            observer.warning(
                "\(directory) belongs to root, and PostgreSQL does not run as root: give it to the server's user with 'chown -R'."
            )
        }
        return outcome
    }

    /// From here on no server starts until the end.
    private func removeControlFile() throws {
        for name in ["global/pg_control", "postmaster.pid", "standby.signal", "recovery.signal"] {
            let removed = sh_unlink(AT_FDCWD, "\(directory)/\(name)", 0)
            guard removed == 0 || removed == -ENOENT || removed == -ENOTDIR else {
                throw SystemError(removed, "removing \(name)").failure(target: directory)
            }
        }
        for name in ["global/pg_control", "recovery.signal"] {
            let settled = LocalFile.syncDirectory(of: "\(directory)/\(name)")
            guard settled == 0 || settled == -ENOENT || settled == -ENOTDIR else {
                throw SystemError(settled, "removing \(name)").failure(target: directory)
            }
        }
    }

    private func amend(_ outcome: inout Outcome) throws {
        let engine = try SnapshotReader(
            repository: opened.repository, opener: opened.opener, snapshot: base.snapshot)
        let trees = try UnarchivedLog.keeping(unarchived?.used ?? [], in: site.layout)
        let done = try DeltaRestore(engine: engine, trees: trees, observer: observer).run()
        outcome.filesSame = done.filesSame
        outcome.files = done.filesAmended
        outcome.bytes = done.bytesWritten
        outcome.removed = done.removed
    }

    private func restore(
        _ outcome: inout Outcome, _ permit: consuming Permit<RestoreAction>, to target: String, _ waits: Bool,
        _ choose: (inout RestoreOptions) -> Void
    ) throws {
        var options = RestoreOptions(snapshot: base.snapshot, target: target)
        options.sync = waits
        choose(&options)
        let summary = try Restore.run(
            permit: permit, repository: opened.repository, opener: opened.opener, options: options, observer: observer)
        outcome.files += summary.files
        outcome.bytes += summary.bytes
        guard summary.isPartial else { return }
        let first = Self.words(summary.problems.first)
        let count = Wording.counted(summary.problemCount, "file", "files")
        throw summary.damageCount > 0
            ? Failure(
                .objectDamaged,
                "\(count) of the base backup cannot be restored: \(first). No server starts in \(directory).",
                advice:
                    "Take an older base backup with --set or --at, or bring what is damaged back with 'safehold repair objects'."
            )
            : Failure(
                .targetUnusable,
                "\(count) cannot be written below \(target): \(first). No server starts in \(directory).",
                advice:
                    "Check owner, mode and room there, then run the same command again: it goes on where it stopped.")
    }

    /// Within a sentence: some reasons are sentences of their own, with a full stop.
    private static func words(_ problem: EntryProblem?) -> String {
        guard let problem else { return "" }
        let reason = problem.reason
        return "\(problem.pathText): \(reason.hasSuffix(".") ? reason.dropLast() : reason[...])"
    }

    private func link() throws {
        let folder = try folder("pg_tblspc")
        for tablespace in site.layout.tablespaces {
            let link = "\(directory)/pg_tblspc/\(tablespace.oid)"
            if DataDirectory.linked(link) == tablespace.target { continue }
            let name = String(tablespace.oid)
            _ = sh_unlink(folder.descriptor, name, 0)
            let made = sh_symlink(tablespace.target, folder.descriptor, name)
            guard made == 0 else { throw SystemError(made, "linking a tablespace").failure(target: link) }
        }
    }

    private func makeLogDirectories() throws {
        let log = try site.layout.logDirectory.map { try Self.opened($0) } ?? folder("pg_wal")
        let made = sh_mkdir(log.descriptor, "archive_status", 0o700)
        guard made == 0 || made == -EEXIST else {
            throw SystemError(made, "making archive_status").failure(target: directory)
        }
    }

    /// A directory right below the data directory, made where it is missing. What the base backup has there may be a link: it is not followed.
    private func folder(_ name: String) throws -> DirectoryHandle {
        let root = try Self.opened(directory)
        let made = sh_mkdir(root.descriptor, name, 0o700)
        guard made == 0 || made == -EEXIST else { throw SystemError(made, "making \(name)").failure(target: directory) }
        do {
            return try root.directory(Array(name.utf8))
        } catch let error as SystemError {
            throw error.failure(target: "\(directory)/\(name)")
        }
    }

    private static func opened(_ path: String) throws -> DirectoryHandle {
        let descriptor = sh_open_listing(path)
        guard descriptor >= 0 else { throw SystemError(descriptor, "opening it").failure(target: path) }
        return DirectoryHandle(descriptor: descriptor, existed: true)
    }

    private func write(_ settings: RecoverySettings) throws {
        let file = directory + "/postgresql.auto.conf"
        let before = try LocalFile.read(file, limit: 16 << 20, followingLinks: false) ?? []
        try LocalFile.write(settings.written(into: before), to: file)
        _ = LocalFile.remove(directory + "/standby.signal")
        try LocalFile.write([], to: directory + "/recovery.signal")
    }

    private static func makeDirectory(_ path: String) throws {
        do {
            try LocalFile.makeDirectories(path)
        } catch let failure as Failure where failure.code == .stateUnusable {
            throw TargetTree.unusable(path, failure.message)
        }
    }

    // MARK: - Owners

    /// Whose it is to be, where root restores: the owner of the directory or of the one above it. Nil for everybody else, who restore as themselves.
    private static func owner(of directory: String) -> (user: UInt32, group: UInt32)? {
        guard geteuid() == 0 else { return nil }
        var status = sh_stat()
        for path in [directory, String(directory[..<(directory.lastIndex(of: "/") ?? directory.startIndex)])] {
            if sh_statx(AT_FDCWD, path, &status) == 0 { return (status.uid, status.gid) }
        }
        return nil
    }

    private static func giveAway(_ targets: [String], to owner: (user: UInt32, group: UInt32)?) throws {
        guard let owner else { return }
        for target in targets {
            do {
                try giveAway(try opened(target), owner)
            } catch let error as SystemError {
                throw error.failure(target: target)
            }
        }
    }

    /// By descriptors and through no link, for he who is given the one may put a link in the place of the next.
    private static func giveAway(_ folder: DirectoryHandle, _ owner: (user: UInt32, group: UInt32)) throws {
        for name in try folder.names() {
            var status = sh_stat()
            guard name.withPath({ sh_statx(folder.descriptor, $0, &status) }) == 0 else { continue }
            if status.mode & S_IFMT == S_IFDIR {
                try giveAway(try folder.directory(name), owner)
            } else {
                let given = name.withPath { sh_chown(folder.descriptor, $0, owner.user, owner.group) }
                guard given == 0 else { throw SystemError(given, "giving a file to its owner") }
            }
        }
        let given = sh_fchown(folder.descriptor, owner.user, owner.group)
        guard given == 0 else { throw SystemError(given, "giving it to its owner") }
    }
}
