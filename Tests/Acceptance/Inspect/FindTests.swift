import Testing

/// `find` finds in every snapshot what GNU find finds in the tree as it was.
@Suite struct FindTests {
    /// Three snapshots, oldest first, and where copies of their trees are.
    private func history() throws -> (place: Place, trees: [(snapshot: String, copy: String)]) {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        for directory in ["etc", "etc/net", "Docs"] { try builder.directory(directory.bytes) }
        for file in [
            "a1", "b2", ".hidden", "etc/a.conf", "etc/net/b.conf", "Docs/README.md", "readme.MD", "Müller.txt",
            "MÜLLER.TXT",
            "brack[et]", "star*", "with space", "line\nfeed",
        ] { try builder.file(file.bytes, "\(file)\n".bytes) }
        try builder.file([0x6F, 0xFF, 0xFE, 0x2E, 0x74, 0x78, 0x74], "odd\n".bytes)
        var trees: [(snapshot: String, copy: String)] = []
        for (round, change) in [":", "rm b2 etc/a.conf; echo > a2; mkdir a9", "mv etc config; echo more >> a1"]
            .enumerated()
        {
            try ChildProcess.shell(change, directory: place.source)
            let copy = try place.scratch.folder("copy-\(round)")
            try ChildProcess.shell("cp -a \"$1\"/. \"$2\"", place.source, copy)
            trees.append((try place.backup().snapshot, copy))
        }
        return (place, trees)
    }

    /// What GNU find has below a copy, as paths of the original.
    private func reference(_ test: [String], _ copy: String, _ place: Place) throws -> Set<[UInt8]> {
        let words = ["find", ".", "-mindepth", "1"] + test + ["-printf", "/%P\\0"]
        let ended = try ChildProcess.run(words, directory: copy).mustBe(0)
        return Set(ended.output.split(separator: 0).map { place.source.bytes + $0 })
    }

    @Test(
        "A pattern finds the same names as find -name, in every snapshot, newest first",
        arguments: [
            (["a?"], ["-name", "a?"]), (["*.conf"], ["-name", "*.conf"]), (["[ab][12]"], ["-name", "[ab][12]"]),
            (["[!a-z]*"], ["-name", "[!a-z]*"]), ([".hid*"], ["-name", ".hid*"]), (["*idden"], ["-name", "*idden"]),
            (["M?ller.txt"], ["-name", "M?ller.txt"]), (["-i", "müller.txt"], ["-iname", "müller.txt"]),
            (["-i", "readme.md"], ["-iname", "readme.md"]), (["brack\\[et\\]"], ["-name", "brack\\[et\\]"]),
            (["star\\*"], ["-name", "star\\*"]), (["*.txt"], ["-name", "*.txt"]),
            (["line?feed"], ["-name", "line?feed"]),
            (["*/etc/*.conf"], ["-path", "*/etc/*.conf"]), (["*ET/*", "-i"], ["-ipath", "*ET/*"]),
            (["nothing*"], ["-name", "nothing*"]), (["etc"], ["-name", "etc"]),
        ])
    func patterns(words: [String], test: [String]) throws {
        let (place, trees) = try history()
        let ended = try ChildProcess.run([program, "find", "--json"] + words, environment: place.reading).mustBe(0)
        let lines = try ended.lines()
        #expect(lines.allSatisfy { $0.type == "entry" })
        for tree in trees {
            let found = lines.filter { $0.snapshot == tree.snapshot }.map(\.path)
            #expect(Set(found) == (try reference(test, tree.copy, place)), "\(words)")
            #expect(Set(found).count == found.count)
        }
        let order = lines.map(\.snapshot)
        let newestFirst = trees.reversed().flatMap { tree in order.filter { $0 == tree.snapshot } }
        #expect(order == newestFirst)
    }

    @Test("As text, names stand below their snapshot, byte for byte") func text() throws {
        let (place, trees) = try history()
        let ended = try place.read("find", "*.txt", "--snapshot", "latest").mustBe(0)
        let lines = ended.output.split(separator: 0x0A).map { Array($0) }
        try #require(!lines.isEmpty)
        #expect(String(decoding: lines[0], as: UTF8.self).hasPrefix("snapshot \(trees[2].snapshot.prefix(16)) of "))
        let odd = place.source.bytes + [0x2F, 0x6F, 0xFF, 0xFE, 0x2E, 0x74, 0x78, 0x74]
        #expect(lines.contains("  ".bytes + odd), ended.said)
        #expect(
            Set(lines.dropFirst())
                == Set(try reference(["-name", "*.txt"], trees[2].copy, place).map { "  ".bytes + $0 }))
        #expect(try place.read("find", "nothing*").mustBe(0).text == "")
        #expect(try place.read("find", "-l", "a1").mustBe(0).text.contains("-rw-r--r--"))
    }

    @Test("--snapshot looks into those that were named, and a pattern may be bytes that are no text") func chosen()
        throws
    {
        let (place, trees) = try history()
        let some = try place.read(
            "find", "a1", "--json", "--snapshot", trees[0].snapshot, "--snapshot", String(trees[1].snapshot.prefix(10))
        ).mustBe(0).lines()
        #expect(Set(some.map(\.snapshot)) == Set(trees.prefix(2).map(\.snapshot)))
        let pattern: [UInt8] = [0x6F, 0xFF, 0x2A]
        let words = [program, "find", "--json"].map(\.bytes) + [pattern]
        let odd = try ChildProcess(words, environment: place.reading).wait().mustBe(0).lines()
        #expect(odd.count == 3 && odd.allSatisfy { $0.text("path_base64") != "" })
        #expect(odd.allSatisfy { $0.path.suffix(6).elementsEqual([0xFF, 0xFE, 0x2E, 0x74, 0x78, 0x74]) })
    }
}
