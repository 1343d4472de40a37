import CLinux
import Glibc

/// Looks at single files.
enum FileStatus {
    static func exists(_ path: String) -> Bool {
        var status = sh_stat()
        return sh_statx(AT_FDCWD, path, &status) == 0
    }

    /// Files below a directory whose names fulfil a condition.
    static func files(below root: String) throws -> [String] {
        try ChildProcess.shell("[ ! -e \"$1\" ] || find \"$1\" -type f -printf '%P\\n' | sort", root).split(
            separator: "\n"
        ).map(String.init)
    }
}
