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

    /// How many entries a directory has.
    static func count(in directory: String) throws -> Int {
        try ChildProcess.shell("find \"$1\" -mindepth 1 -maxdepth 1 | wc -l", directory).trimmedNumber
    }

    /// The content's bytes; 0 for a file that is gone.
    static func size(_ path: String) throws -> Int {
        try ChildProcess.shell("stat -c %s \"$1\" 2>&1 || echo 0", path).split(separator: "\n").last.flatMap { Int($0) }
            ?? 0
    }

    /// The permission bits, as `stat` prints them.
    static func mode(_ path: String) throws -> String {
        try ChildProcess.shell("stat -c %a \"$1\"", path).split(separator: "\n").joined()
    }
}

extension String {
    /// What `wc` and `du` print; -1 for anything else.
    fileprivate var trimmedNumber: Int { Int(filter { !$0.isWhitespace }) ?? -1 }
}
