import Testing

/// Compares trees with tools that are not ours.
enum Comparison {
    /// Expects no difference.
    static func expectSame(
        _ original: String, _ copy: String, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let differences = try differences(original, copy)
        #expect(differences == "", comment, sourceLocation: sourceLocation)
    }

    /// What differs, as rsync, find, getfattr and getfacl see it; empty when nothing does.
    static func differences(_ original: String, _ copy: String) throws -> String {
        let listed = try ChildProcess.shell(
            "rsync -aHAXn --checksum --modify-window=-1 --itemize-changes --delete \"$1\"/ \"$2\"/", original, copy)
        if !listed.isEmpty { return listed }
        for look in [entries, attributes, lists] {
            let (there, here) = (
                try ChildProcess.shell(look, directory: original), try ChildProcess.shell(look, directory: copy)
            )
            if there != here { return firstDifference(there, here) }
        }
        return ""
    }

    /// Type, mode, owner, time in nanoseconds, links, target; sizes and holes of files.
    private static let entries = """
        find . -type d -printf '%p %y %m %U %G %T@\\0' -o -printf '%p %y %m %U %G %T@ %n %s %l\\0' | sort -z
        """
    private static let attributes = "find . -print0 | sort -z | xargs -0 getfattr -h -d -m - -e hex 2>/dev/null"
    private static let lists = "find . ! -type l -print0 | sort -z | xargs -0 getfacl -n -p"

    private static func firstDifference(_ there: String, _ here: String) -> String {
        let pairs = zip(there.split(separator: "\0"), here.split(separator: "\0"))
        return pairs.first { $0 != $1 }.map { "was \($0), is \($1)" } ?? "one has more entries than the other"
    }

    /// Blocks of each file that has holes, by name.
    static func sparseFiles(_ root: String) throws -> [String: Int] {
        let lines = try ChildProcess.shell("find . -type f -printf '%b %s %p\\0'", directory: root).split(
            separator: "\0")
        var sparse: [String: Int] = [:]
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 2)
            if let blocks = Int(parts[0]), let size = Int(parts[1]), blocks * 512 + 4096 < size {
                sparse[String(parts[2])] = blocks
            }
        }
        return sparse
    }

    /// What every command writes, also one that changes nothing.
    private static let audit = #"-name audit -o -name 'audit-*'"#

    /// A hash over names and bytes of all files below a directory but those of the audit log: a file that came and went leaves no trace in it.
    static func contents(_ root: String) throws -> String {
        try ChildProcess.shell(
            "find . \\( \(audit) \\) -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum | sha256sum",
            directory: root)
    }

    /// A hash over names, types, modes, times and bytes of everything below a directory but the audit log, which lies in the states of a `Place`: whether
    /// anything was changed.
    static func fingerprint(_ root: String) throws -> String {
        try ChildProcess.shell(
            """
            { find . -mindepth 1 \\( \(audit) -o -path ./nobody \\) -prune -o ! -path ./home -printf '%p %y %m %T@ %s %l\\0' | sort -z
            find . \\( \(audit) \\) -prune -o -type f -print0 | sort -z | xargs -0 -r sha256sum; } | sha256sum
            """, directory: root)
    }
}
