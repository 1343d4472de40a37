import Testing

/// `ls` shows what was backed up, as `find` and `sha256sum` see it.
@Suite struct ListTests {
    @Test(
        "Every entry of a random tree is listed once, in path order, with all that find knows of it", arguments: [3, 4])
    func everything(seed: UInt64) throws {
        let place = try Place()
        _ = try RandomTree(seed: seed, at: place.source, count: 120)
        let snapshot = try place.backup().snapshot
        let lines = try place.read("ls", "latest", "--json").mustBe(0).lines()
        #expect(lines.allSatisfy { $0.type == "entry" && $0.snapshot == snapshot })
        let expected = try SeenEntry.below(place.source)
        #expect(lines.count == expected.count)
        for line in lines {
            var listed = SeenEntry(line)
            // A target that is not UTF-8 has its bytes beside it; `find` prints them.
            if line.fields["target_base64"] != nil {
                listed.fields["target"] = String(decoding: line.bytes("target"), as: UTF8.self)
            }
            #expect(listed == expected[line.path], "seed \(seed)")
        }
        let parts = lines.map { $0.path.split(separator: 0x2F) }
        for (one, next) in zip(parts, parts.dropFirst()) {
            #expect(one.lexicographicallyPrecedes(next) { $0.lexicographicallyPrecedes($1) }, "seed \(seed)")
        }
        // As text: the same bytes, one name a line.
        let text = try place.read("ls", "latest").mustBe(0).output
        #expect(text == Array(lines.map { $0.path + [0x0A] }.joined()))
    }

    private func smallPlace() throws -> Place {
        let place = try Place()
        try ChildProcess.shell(
            """
            mkdir -p docs/deep empty; echo a > docs/a.txt; echo b > docs/deep/b; echo x > docs-more; ln -s docs/a.txt link
            chmod 4750 docs/a.txt; chmod 1777 empty; chmod 640 docs-more; truncate -s 3M holes; printf x >> holes
            setfattr -n user.note -v kept docs/a.txt; ln docs-more twin
            """, directory: place.source)
        try place.backup()
        return place
    }

    @Test(
        "With a path it lists that directory, with -R everything below it, and a file itself",
        arguments: [
            (["SOURCE"], "find SOURCE -mindepth 1 -maxdepth 1"),
            (["SOURCE/docs"], "find SOURCE/docs -mindepth 1 -maxdepth 1"),
            (["SOURCE/docs/"], "find SOURCE/docs -mindepth 1 -maxdepth 1"), (["SOURCE/empty"], ":"),
            (["-R", "SOURCE"], "find SOURCE -mindepth 1"),
            (["--recursive", "SOURCE/docs"], "find SOURCE/docs -mindepth 1"),
            (["SOURCE/docs/a.txt"], "echo SOURCE/docs/a.txt"), (["SOURCE/link"], "echo SOURCE/link"),
            (["-R", "SOURCE/docs-more"], "echo SOURCE/docs-more"), (["/"], "echo /$(cut -d/ -f2 <<<SOURCE)"),
        ])
    func paths(words: [String], reference: String) throws {
        let place = try smallPlace()
        let filled = words.map { $0.replacing("SOURCE", with: place.source) }
        let ended = try ChildProcess.run([program, "ls", "latest"] + filled, environment: place.reading).mustBe(0)
        let expected = try ChildProcess.shell(reference.replacing("SOURCE", with: place.source) + " | LC_ALL=C sort")
        #expect(ended.text.split(separator: "\n").sorted() == expected.split(separator: "\n").sorted(), ended.said)
    }

    @Test("-l shows type, mode, owner, size and target as find does") func long() throws {
        let place = try smallPlace()
        let ended = try place.read("ls", "latest", "-l").mustBe(0)
        let expected = try ChildProcess.shell(
            "find \"$1\" -printf '%M %u %g %s %TY-%Tm-%Td %TH:%TM:%TS %p %l\\n'", place.source
        ).split(separator: "\n").map { line -> String in
            var words = line.split(separator: " ").map(String.init)
            words[5] = String(words[5].prefix { $0 != "." })
            if words.count > 7 { words.insert("->", at: 7) }
            // What a directory's own size is is the file system's business.
            if words[0].hasPrefix("d") || words[0].hasPrefix("l") { words[3] = "-" }
            return words.joined(separator: " ")
        }
        let listed = ended.text.split(separator: "\n").map { line -> String in
            var words = line.split(separator: " ").map(String.init)
            if words[0].hasPrefix("d") || words[0].hasPrefix("l") { words[3] = "-" }
            return words.joined(separator: " ")
        }
        #expect(listed.sorted() == expected.sorted(), ended.said)
        #expect(try place.read("ls", "latest", "-lH", place.source + "/holes").mustBe(0).text.contains("3.0 MiB"))
    }

    @Test("Holes, attributes and hard links are told") func peculiar() throws {
        let place = try smallPlace()
        let lines = try place.read("ls", "latest", "--json").mustBe(0).lines()
        func entry(_ name: String) throws -> Summary {
            try #require(lines.first { $0.text("path") == place.source + "/" + name })
        }
        #expect(try entry("holes").fields["sparse"] as? Bool == true)
        #expect(try entry("docs-more").fields["sparse"] == nil)
        #expect(try entry("docs/a.txt").fields["xattrs"] as? [String] == ["user.note"])
        #expect(try entry("twin")["links"] == 2 && entry("twin")["inode"] == entry("docs-more")["inode"])
    }

    @Test("A snapshot can be named by latest, by a component, by the beginning of its id, and by writer and number")
    func names() throws {
        let place = try smallPlace()
        try ChildProcess.shell("echo new > new", directory: place.source)
        try place.backup("--component", "other", place.source + "/new")
        let snapshots = try place.snapshots()
        try #require(snapshots.count == 2)
        let (first, second) = (snapshots[0], snapshots[1])
        for (name, wanted) in [
            ("latest", second), ("latest:other", second), ("latest:" + place.source, first),
            (String(first.text("id").prefix(12)), first), (second.text("id"), second),
            (first.text("writer").prefix(6) + "/1", first), (second.text("writer") + "/2", second),
        ] {
            let lines = try place.read("ls", name, "--json").mustBe(0).lines()
            #expect(!lines.isEmpty && lines.allSatisfy { $0.snapshot == wanted.text("id") }, "\(name)")
        }
    }
}
