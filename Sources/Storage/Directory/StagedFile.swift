import CLinux
import Glibc
import Primitives

/// A temporary file with an exclusive lock, so that others see that somebody is at work on it.
final class StagedFile: StagedObject {
    private let store: DirectoryStore
    private var path: String
    private var fd: Int32
    private var unflushed = 0

    init(store: DirectoryStore) throws {
        self.store = store
        path = ""
        fd = -1
        for _ in 0..<64 {
            if try begin() { return }
        }
        throw Failure(
            .storageFailed, "Every temporary file in \(store.root)/tmp is taken away before it can be locked.",
            advice: "Find out what removes files there; only Safehold may write into a repository.")
    }

    /// Creates and locks a file. False when somebody who cleans up got hold of it in between: then it is his, and another is made.
    private func begin() throws -> Bool {
        path = store.root + "/tmp/" + SealedObjectID.random().hex
        fd = sh_create_exclusive(AT_FDCWD, path, 0o600)
        if fd == -ENOENT, try store.hasFormat() {
            try DirectoryStore.makeDirectories(store.root + "/tmp")
            fd = sh_create_exclusive(AT_FDCWD, path, 0o600)
        }
        guard fd >= 0 else { throw Failure.storage(-fd, "creating", path) }
        let locked = sh_try_lock(fd)
        guard locked == 0 || locked == -EWOULDBLOCK else { throw Failure.storage(-locked, "locking", path) }
        var status = sh_stat()
        if locked == 0, sh_fstat(fd, &status) == 0, status.nlink > 0 { return true }
        close(fd)
        fd = -1
        return false
    }

    deinit { abandon() }

    func append(_ bytes: UnsafeRawBufferPointer) throws {
        let written = sh_write_all(fd, bytes.baseAddress, bytes.count)
        guard written == 0 else { throw Failure.storage(-written, "writing", path) }
        unflushed += bytes.count
        if unflushed >= 8 << 20 {
            // Lets the disk work while the next chunks are made, so that the sync at the end has little left to do.
            sh_start_writeback(fd)
            unflushed = 0
        }
    }

    func finish(as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        if durability == .immediate {
            let synced = sh_fdatasync(fd)
            guard synced == 0 else { throw Failure.storage(-synced, "syncing", path) }
        }
        let target = store.path(of: name)
        let directory = DirectoryStore.parent(of: target)
        var touched = [directory]
        var result = sh_link(AT_FDCWD, path, AT_FDCWD, target)
        if result == -ENOENT, isStillThere {
            touched += try DirectoryStore.makeDirectories(directory)
            result = sh_link(AT_FDCWD, path, AT_FDCWD, target)
        }
        if result == -EPERM || result == -EOPNOTSUPP || result == -ENOSYS {
            // A file system without hard links: a rename that refuses a taken name does the same.
            result = sh_rename_noreplace(AT_FDCWD, path, AT_FDCWD, target)
            if result == -EINVAL || result == -ENOSYS { result = renameUnderLock(to: target) }
        }
        if result == -EEXIST {
            abandon()
            return .exists
        }
        guard result == 0 else { throw Failure.storage(-result, "naming", target) }
        store.note(fd)
        abandon()
        try store.settle(target, touched, durability)
        return .created
    }

    /// exFAT and FAT by way of FUSE have neither hard links nor such a rename. They are local to this machine, so a lock that every writer
    /// takes makes looking and renaming one step.
    private func renameUnderLock(to target: String) -> Int32 {
        let folder = sh_open_read(AT_FDCWD, store.root + "/tmp")
        guard folder >= 0 else { return folder }
        defer { close(folder) }
        let locked = sh_lock(folder)
        guard locked == 0 else { return locked }
        var status = sh_stat()
        let found = sh_statx(AT_FDCWD, target, &status)
        guard found == -ENOENT else { return found == 0 ? -EEXIST : found }
        return sh_rename(AT_FDCWD, path, AT_FDCWD, target)
    }

    /// False when the disk was unmounted meanwhile: then no directory may be made where it was.
    private var isStillThere: Bool {
        var status = sh_stat()
        return sh_statx(AT_FDCWD, path, &status) == 0
    }

    func abandon() {
        guard fd >= 0 else { return }
        _ = sh_unlink(AT_FDCWD, path, 0)
        close(fd)
        fd = -1
    }
}
