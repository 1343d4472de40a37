import Testing

/// What a backup leaves out because it was told to.
@Suite struct ChoosingTests {
    private func restoredNames(_ place: Place) throws -> [String] {
        try ChildProcess.shell("find . ! -type d -printf '%P\\n' | LC_ALL=C sort", directory: try place.restored())
            .split(separator: "\n").map(String.init)
    }

    @Test("Patterns leave out what git leaves out", .enabled(if: ChildProcess.has("git"), "git is not there"))
    func excludes() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        for directory in ["build", "build/keep", "src", "src/build", "logs", "a", "a/b", "a/b/c"] {
            try builder.directory(directory.bytes)
        }
        let files = [
            "build/x.o", "build/keep/y", "src/build/z", "src/main.c", "src/main.o", "logs/today.log",
            "logs/important.log", "a/b/c/x.tmp",
            "a/x.tmp", "#odd", "!odd", "trailing ", "file[1]", "file1", "root.only", "src/root.only",
        ]
        for file in files { try builder.file(file.bytes, "x".bytes) }
        let patterns = [
            "*.o", "/build/", "*.log", "!important.log", "a/**/x.tmp", "\\#odd", "\\!odd", "file[1]", "/root.only",
            "src/build/z", "# a comment",
        ]
        let list = try place.scratch.write(patterns.joined(separator: "\n") + "\n", "patterns")
        try place.backup(place.source, "--exclude-from", list)
        let git = try ChildProcess.shell(
            "git init -q --bare \"$2\"; git --git-dir=\"$2\" --work-tree=. ls-files -z --others --exclude-from=\"$1\" | tr '\\0' '\\n' | LC_ALL=C sort",
            list,
            place.scratch.path + "/git", directory: place.source)
        #expect(try restoredNames(place) == git.split(separator: "\n").map(String.init))

        try place.backup(place.source, "--exclude", "/build", "--exclude", "*.tmp")
        let names = try restoredNames(place)
        #expect(!names.contains { $0.hasPrefix("build/") || $0.hasSuffix(".tmp") })
        #expect(names.contains("src/build/z"))
    }

    @Test("--exclude-caches keeps the tag of a true cache and nothing else of it") func caches() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        for directory in ["true", "false"] {
            try builder.directory(directory.bytes)
            try builder.file("\(directory)/content".bytes, "x".bytes)
        }
        try builder.file("true/CACHEDIR.TAG".bytes, "Signature: 8a477f597d28d172789f06886806bc55\n# more\n".bytes)
        try builder.file("false/CACHEDIR.TAG".bytes, "Signature: another\n".bytes)
        try place.backup(place.source, "--exclude-caches")
        #expect(try restoredNames(place) == ["false/CACHEDIR.TAG", "false/content", "true/CACHEDIR.TAG"])
        try place.backup()
        #expect(try restoredNames(place).contains("true/content"))
    }

    @Test(
        "--one-file-system keeps a mount's directory and leaves out what is mounted",
        .enabled(if: Mount.isPossible, Mount.reason))
    func oneFileSystem() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        try builder.directory("mounted".bytes)
        try builder.file("here".bytes, "x".bytes)
        let mount = try Mount(at: place.source + "/mounted", size: "1m")
        try ChildProcess.shell("echo there > \"$1\"/there", mount.path)
        try place.backup(place.source, "--one-file-system")
        #expect(try restoredNames(place) == ["here"])
        #expect(FileStatus.exists(try place.restored() + "/mounted"))
        try place.backup()
        #expect(try restoredNames(place) == ["here", "mounted/there"])
    }
}
