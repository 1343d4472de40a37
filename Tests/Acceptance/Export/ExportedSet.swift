import Foundation
import Testing

/// Components that were backed up as sets, and what is made of them.
struct ExportedSet {
    static let kinds = [
        ("documentation", "docs"), ("source", "src"), ("configuration", "config"), ("database", "database"),
        ("security", "security"), ("test-data", "test-data"), ("dependencies", "dependencies"),
    ]

    let place: Place

    init() throws { place = try Place() }

    /// Backs up one component, as the daemon does.
    func backup(
        _ component: String, _ tree: String, stamp: String?, kind: String? = nil, expecting status: Int32 = 0
    ) throws {
        let tags = (stamp.map { ["--tag", "set=" + $0] } ?? []) + (kind.map { ["--tag", "kind=" + $0] } ?? [])
        try ChildProcess.run(
            [program, "backup", "--quiet", "--component", component] + tags + [tree], environment: place.writing
        ).mustBe(status)
    }

    /// All seven, out of a folder that has them under the names of an export.
    func backupAll(_ folder: String, stamp: String, without left: String = "") throws {
        for (kind, name) in Self.kinds where kind != left {
            try backup(kind, folder + "/" + name, stamp: stamp, kind: kind)
        }
    }

    /// Runs an export in a new empty directory, and returns that.
    func export(_ words: String..., expecting status: Int32 = 0) throws -> (folder: String, ended: Ended) {
        let folder = try place.scratch.folder("export-" + UUID().uuidString.prefix(8))
        let ended = try ChildProcess.run(
            [program, "export", "--json"] + words, environment: place.reading, directory: folder)
        try ended.mustBe(status)
        return (folder, ended)
    }

    /// Extracts with GNU tar, everything that it can bring back. Returns the directory named TIMESTAMP.
    static func extract(_ archive: String, _ stamp: String) throws -> String {
        let folder = archive + "-extracted"
        try ChildProcess.shell(
            "mkdir \"$2\"; tar -xzf \"$1\" -C \"$2\" --same-owner -p --xattrs --xattrs-include='*' --acls", archive,
            folder)
        return folder + "/" + stamp
    }

    static func files(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }
}

let sampleSystem = packageRoot.appending(path: "examples/iqhis").path
