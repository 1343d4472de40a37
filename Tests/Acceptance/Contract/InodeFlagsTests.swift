import Testing

/// What `chattr` sets and `lsattr` shows. Everything happens on file systems of the test's own, because immutable files would stay.
@Suite(.enabled(if: Mount.isPossible && ChildProcess.has("chattr"), "it takes chattr and the right to mount"))
struct InodeFlagsTests {
    private struct Disks {
        let place: Place
        let source: Mount
        let target: Mount
        /// Whether they are ext4, which keeps the flag of compressed files as well.
        let keepCompression: Bool

        init() throws {
            place = try Place()
            let folder = try place.scratch.folder("target")
            if let source = try Mount(ext4: place.source, image: place.scratch.path + "/source.img"),
                let target = try Mount(ext4: folder, image: place.scratch.path + "/target.img")
            {
                (self.source, self.target, keepCompression) = (source, target, true)
            } else {
                LeftOut.say("the flag of compressed files", "no ext4 can be mounted here")
                source = try Mount(at: place.source, size: "30m")
                target = try Mount(at: folder, size: "30m")
                keepCompression = false
            }
        }

        var tree: String { source.path + "/tree" }
        var copy: String { target.path + "/copy" }

        func restore(_ words: String...) throws -> Ended {
            try ChildProcess.run(
                [program, "restore", "latest", "--target", copy, "--strip", "--json"] + words,
                environment: place.reading)
        }
    }

    /// Flags and path of every file and directory; what a file system sets by itself is left out.
    private func flags(_ root: String) throws -> String {
        try ChildProcess.shell(
            "find . \\( -type f -o -type d \\) -print0 | sort -z | xargs -0 lsattr -d | sed -E ':a; s/^([a-zA-Z-]*)[-eI]/\\1/; ta'",
            directory: root)
    }

    private func fill(_ disks: Disks) throws {
        try ChildProcess.shell(
            """
            mkdir -p tree/sealed/inner tree/log; cd tree
            for f in plain immutable append nodump sealed/in sealed/inner/deep log/entry; do echo "content of $f" > $f; done
            head -c 3000000 /dev/urandom > large
            ln immutable sealed/second-name
            chattr +a append log; chattr +d nodump; chattr +ad log/entry; chattr +i large immutable sealed/in sealed/inner sealed
            """, directory: disks.source.path)
        if disks.keepCompression {
            try ChildProcess.shell("echo x > packed; mkdir pressed; chattr +c packed pressed", directory: disks.tree)
        }
    }

    @Test("Immutable, append-only, no-dump and compressed files and directories come back as such")
    func roundTrip() throws {
        let disks = try Disks()
        try fill(disks)
        let there = try flags(disks.tree)
        try #require(there.contains("i ./sealed\n") && there.contains("a ./log\n") && there.contains("d ./nodump\n"))
        try disks.place.backup(disks.tree)
        try disks.restore().mustBe(0)
        #expect(try flags(disks.copy) == there)
        try Comparison.expectSame(disks.tree, disks.copy)
    }

    @Test("Restoring once more over what is immutable already is no problem, and completes what is missing")
    func twice() throws {
        let disks = try Disks()
        try fill(disks)
        try disks.place.backup(disks.tree)
        try disks.restore().mustBe(0)
        try disks.restore().mustBe(0)
        // As after an interruption: one file is not there yet, another has its name and not yet its flags.
        try ChildProcess.shell(
            "chattr -R -ia . ; rm sealed/inner/deep; chattr +i sealed/inner sealed", directory: disks.copy)
        try disks.restore().mustBe(0)
        try Comparison.expectSame(disks.tree, disks.copy)
        let there = try flags(disks.tree)
        #expect(try flags(disks.copy) == there)
    }

    @Test("--overwrite=always replaces immutable files, also in immutable directories") func replaced() throws {
        let disks = try Disks()
        try fill(disks)
        try disks.place.backup(disks.tree)
        try disks.restore().mustBe(0)
        try disks.restore("--overwrite", "always").mustBe(0)
        try Comparison.expectSame(disks.tree, disks.copy)
        let there = try flags(disks.tree)
        #expect(try flags(disks.copy) == there)
    }

    @Test("A file system that does not compress gets compressed files as they are, and that is no problem")
    func elsewhere() throws {
        let disks = try Disks()
        try ChildProcess.shell(
            "mkdir tree; cd tree; echo a > plain; echo b > packed; chattr +c packed 2> /dev/null || true",
            directory: disks.source.path)
        try disks.place.backup(disks.tree)
        let memory = try Mount(at: try disks.place.scratch.folder("memory"), size: "5m")
        let there = try flags(disks.tree)
        #expect(there.contains("c ./packed\n") == disks.keepCompression)
        try ChildProcess.run(
            [program, "restore", "latest", "--target", memory.path + "/copy", "--strip", "--json"],
            environment: disks.place.reading
        ).mustBe(0)
        try Comparison.expectSame(disks.tree, memory.path + "/copy")
    }
}
