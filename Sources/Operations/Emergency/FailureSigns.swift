import Glibc
import Primitives

/// What a machine says of itself when something has failed: file systems that are full or read-only, and the last errors of the system's journal.
package enum FailureSigns {
    /// In lines for a person. Whatever cannot be asked is left out, and said.
    package static func lines(state: HostState) -> [String] {
        readOnly() + room(state.root) + ["", "df:"] + SystemWords.said(["/bin/df", "-Ph"]) + ["", "journal:"]
            + SystemWords.said(["/bin/journalctl", "--priority=err", "--lines=100", "--no-pager", "--quiet"])
    }

    /// A disk with errors is often mounted anew so by the kernel.
    private static func readOnly() -> [String] {
        guard let bytes = try? LocalFile.read("/proc/self/mounts", limit: 1 << 20) else { return [] }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line in
            let parts = line.split(separator: " ")
            guard parts.count > 3, parts[0].hasPrefix("/dev/"), parts[3].split(separator: ",").contains("ro") else {
                return nil
            }
            return "\(parts[1]) (\(parts[0])) is read-only"
        }
    }

    private static func room(_ path: String) -> [String] {
        var status = statvfs()
        guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return ["\(path) cannot be looked at"] }
        let percent = status.f_bavail * 100 / status.f_blocks
        return percent < 5 ? ["\(path) is on a file system with \(percent) % left"] : []
    }
}
