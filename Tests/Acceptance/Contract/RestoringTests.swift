import Testing

/// Where a restore puts what, and what it leaves alone.
@Suite struct RestoringTests {
    private func smallPlace() throws -> Place {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        for directory in ["docs", "docs/deep", "src"] { try builder.directory(directory.bytes) }
        for file in ["docs/a.txt", "docs/deep/b.txt", "docs/c.bin", "src/main.swift", "top.txt"] {
            try builder.file(file.bytes, "content of \(file)\n".bytes)
        }
        try place.backup()
        return place
    }

    private func names(_ root: String) throws -> [String] {
        try ChildProcess.shell("find . ! -type d -printf '%P\\n' | sort", directory: root).split(separator: "\n").map(
            String.init)
    }

    @Test("A tree comes back at its absolute path, or with --strip directly") func layouts() throws {
        let place = try smallPlace()
        let target = place.scratch.path + "/target"
        try place.restore(to: target).mustBe(0)
        try Comparison.expectSame(place.source, target + place.source)
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test(
        "Paths and patterns choose",
        arguments: [
            (["SOURCE/docs"], ["docs/a.txt", "docs/c.bin", "docs/deep/b.txt"]),
            (["SOURCE/top.txt"], ["top.txt"]),
            (["*.txt"], ["docs/a.txt", "docs/deep/b.txt", "top.txt"]),
            (["SOURCE/docs/*.txt", "SOURCE/src"], ["docs/a.txt", "src/main.swift"]),
            (["SOURCE/**/?.txt"], ["docs/a.txt", "docs/deep/b.txt"]),
        ])
    func selection(words: [String], expected: [String]) throws {
        let place = try smallPlace()
        let target = place.scratch.path + "/target"
        let wanted = words.map { $0.replacing("SOURCE", with: place.source) }
        try ChildProcess.run(
            [program, "restore", "latest", "--strip", "--target", target] + wanted, environment: place.reading
        ).mustBe(0)
        #expect(try names(target) == expected)
    }

    @Test("--dry-run says what would be done and changes nothing") func dryRun() throws {
        let place = try smallPlace()
        let target = place.scratch.path + "/target"
        let summary = try place.restore(to: target, "--strip", "--dry-run").mustBe(0).summary()
        #expect(summary["files"] == 5)
        #expect(!FileStatus.exists(target))
        try place.restore(to: target, "--strip").mustBe(0)
        try ChildProcess.shell("echo other > top.txt; rm docs/c.bin; touch mine", directory: target)
        let before = try Comparison.fingerprint(target)
        try place.restore(to: target, "--strip", "--dry-run", "--overwrite", "always").mustBe(0)
        #expect(try Comparison.fingerprint(target) == before)
    }

    @Test(
        "--overwrite decides about what is there",
        arguments: [
            ("never", "mine\n"), ("if-changed", "content of top.txt\n"), ("always", "content of top.txt\n"),
        ])
    func overwrite(policy: String, expected: String) throws {
        let place = try smallPlace()
        let target = try place.restored()
        try ChildProcess.shell("echo mine > top.txt; echo extra > extra; rm docs/a.txt", directory: target)
        try place.restore(to: target, "--strip", "--overwrite", policy).mustBe(0)
        #expect(try ChildProcess.shell("cat top.txt", directory: target) == expected)
        #expect(
            try names(target) == ["docs/a.txt", "docs/c.bin", "docs/deep/b.txt", "extra", "src/main.swift", "top.txt"])
    }

    @Test("--verify reads everything back") func verifying() throws {
        let place = try smallPlace()
        let summary = try place.restore(to: place.scratch.path + "/target", "--verify").mustBe(0).summary()
        #expect(summary["verified"] == 5)
    }

    @Test("Several trees, and a single file, come back") func severalSources() throws {
        let place = try smallPlace()
        let one = try place.scratch.write("alone\n", "single")
        try place.backup(place.source + "/docs", one)
        let copy = try place.restored()
        #expect(try names(copy) == ["docs/a.txt", "docs/c.bin", "docs/deep/b.txt", "single"])
        try place.backup(one)
        let target = place.scratch.path + "/target"
        try place.restore(to: target).mustBe(0)
        #expect(try ChildProcess.shell("cat \"$1\"", target + one) == "alone\n")
    }
}
