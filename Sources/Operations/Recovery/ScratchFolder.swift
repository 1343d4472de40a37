import CLinux
import Glibc
import Primitives

/// A private directory that goes with all that is in it: when its process is done with it, or where that was killed, when somebody recovers again.
///
/// A mark in it that its process holds locked says that it is in use. The kernel lets go of the lock when the process ends, however that is; no
/// number of a process, which another one may have by then, is believed.
final class ScratchFolder {
    let path: String
    private let lock: Int32

    private static let prefix = "safehold-recovery-"
    static let mark = ".safehold-scratch"
    static let markText = "Scratch space of a recovery by Safehold that is tried. It goes by itself.\n"

    convenience init(below directory: String) throws {
        do { try self.init(made: directory) } catch { try self.init(made: directory) }
    }

    private init(made directory: String) throws {
        var template = Array("\(directory)/\(Self.prefix)XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TargetTree.unusable(directory, String(cString: strerror(errno))) }
        let path = String(decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        do {
            (self.path, lock) = (path, try Self.marked(path))
        } catch {
            _ = sh_unlink(AT_FDCWD, path, 1)
            throw error
        }
    }

    deinit { close(lock) }

    /// Its mark is locked as soon as it is there.
    private static func marked(_ path: String) throws -> Int32 {
        let made = "\(path)/\(mark).new"
        let file = sh_create_exclusive(AT_FDCWD, made, 0o600)
        guard file >= 0 else { throw LocalFile.unusable(-file, "create", made) }
        do {
            var result = sh_try_lock(file)
            guard result == 0 else { throw LocalFile.unusable(-result, "lock", made) }
            result = Array(markText.utf8).withUnsafeBytes { sh_write_all(file, $0.baseAddress, $0.count) }
            guard result == 0 else { throw LocalFile.unusable(-result, "write", made) }
            try LocalFile.replace("\(path)/\(mark)", with: made, durably: false)
        } catch {
            close(file)
            _ = LocalFile.remove(made)
            throw error
        }
        return file
    }

    func remove() {
        let descriptor = sh_open_listing(path)
        if descriptor >= 0 { Self.empty(DirectoryHandle(descriptor: descriptor, existed: true)) }
        _ = sh_unlink(AT_FDCWD, path, 1)
    }

    /// The mark goes last, and only from what has nothing else any more: what is interrupted is taken up by the next one.
    private static func empty(_ folder: DirectoryHandle) {
        empty(folder, but: Array(mark.utf8))
        guard (try? folder.names()) == [Array(mark.utf8)] else { return }
        _ = sh_unlink(folder.descriptor, mark, 0)
    }

    private static func empty(_ folder: DirectoryHandle, but kept: [UInt8]?) {
        for name in (try? folder.names()) ?? [] where name != kept {
            if name.withPath({ sh_unlink(folder.descriptor, $0, 0) }) == 0 { continue }
            if let inner = try? folder.directory(name) { empty(inner, but: nil) }
            _ = name.withPath { sh_unlink(folder.descriptor, $0, 1) }
        }
    }

    // MARK: - What was left

    /// Removes what processes left that were killed, and returns the paths. What is not proved ours and unused stays.
    static func sweep(below directory: String) -> [String] {
        let names = (try? LocalFile.names(in: directory)) ?? []
        return names.filter { $0.hasPrefix(prefix) }.sorted().map { "\(directory)/\($0)" }.filter(removeIfLeft)
    }

    private static func removeIfLeft(_ path: String) -> Bool {
        let descriptor = sh_open_directory(AT_FDCWD, path)
        guard descriptor >= 0 else { return false }
        let folder = DirectoryHandle(descriptor: descriptor, existed: true)
        guard isPrivate(descriptor) else { return false }
        if removeIfBegun(folder) { return sh_unlink(AT_FDCWD, path, 1) == 0 }
        let file = sh_open_write(descriptor, mark)
        guard file >= 0 else { return false }
        defer { close(file) }
        guard isPrivate(file), holdsMark(file), sh_try_lock(file) == 0, endServer(path + "/data") else { return false }
        empty(folder)
        return sh_unlink(AT_FDCWD, path, 1) == 0
    }

    /// Of one whose process was killed before its mark had its name there is nothing else. Who makes one at this very moment makes another.
    private static func removeIfBegun(_ folder: DirectoryHandle) -> Bool {
        guard (try? folder.names()) == [Array((mark + ".new").utf8)] else { return false }
        let file = sh_open_write(folder.descriptor, mark + ".new")
        guard file >= 0 else { return false }
        defer { close(file) }
        return isPrivate(file) && sh_try_lock(file) == 0 && sh_unlink(folder.descriptor, mark + ".new", 0) == 0
    }

    /// Ours, and nobody else may change it.
    private static func isPrivate(_ descriptor: Int32) -> Bool {
        var status = sh_stat()
        return sh_fstat(descriptor, &status) == 0 && status.uid == geteuid() && status.mode & 0o077 == 0
    }

    private static func holdsMark(_ file: Int32) -> Bool {
        var bytes = [UInt8](repeating: 0, count: markText.utf8.count + 1)
        let count = pread(file, &bytes, bytes.count, 0)
        return count >= 0 && bytes.prefix(count).elementsEqual(markText.utf8)
    }

    /// It ends with its parent; where it takes its time, or its parent could not have it do so, it is told again. True where none runs any more.
    private static func endServer(_ directory: String) -> Bool {
        for attempt in 0..<100 {
            guard let server = (try? DataDirectory.server(in: directory)) ?? nil,
                DataDirectory.resolved("/proc/\(server)/cwd") == DataDirectory.resolved(directory)
            else { return true }
            kill(server, attempt < 60 ? SIGQUIT : SIGKILL)
            usleep(100_000)
        }
        return false
    }
}
