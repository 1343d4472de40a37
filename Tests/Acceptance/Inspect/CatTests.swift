import Testing

/// `cat` writes what was in a file, byte for byte, and says so when it cannot.
@Suite struct CatTests {
    @Test(
        "Content of every size comes back byte for byte",
        arguments: [0, 1, 4095, 65_536, 131_072, 1_000_003, 9_000_000])
    func sizes(size: Int) throws {
        let place = try Place()
        try ChildProcess.shell("head -c \(size) /dev/urandom > file; cp file ../kept", directory: place.source)
        let first = try place.backup().snapshot
        try ChildProcess.shell("echo changed >> file", directory: place.source)
        try place.backup()
        for (snapshot, original) in [(first, place.scratch.path + "/kept"), ("latest", place.source + "/file")] {
            let written = try place.read("cat", snapshot, place.source + "/file").mustBe(0)
            let expected = try ChildProcess.run(["cat", original]).output
            #expect(written.output == expected, "\(size)")
            #expect(written.errorText == "")
        }
    }

    @Test("Holes are written as zeros, and names may be any bytes") func peculiar() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        let odd: [UInt8] = [0xFF, 0x0A, 0x2D, 0xC3]
        try builder.file(odd, "odd\n".bytes)
        try builder.file("holes".bytes, [(300_000, "middle".bytes), (2_000_000, "late".bytes)], size: 3_000_000)
        try builder.file("only".bytes, [], size: 700_000)
        try builder.hardLink("twin".bytes, to: odd)
        try place.backup()
        for name in [odd, "holes".bytes, "only".bytes, "twin".bytes] {
            let path = place.source.bytes + [0x2F] + name
            let words = ["cat".bytes, "latest".bytes, path]
            let written = try ChildProcess([program.bytes] + words, environment: place.reading).wait().mustBe(0)
            let expected = try ChildProcess(["cat".bytes, path]).wait().mustBe(0)
            #expect(written.output == expected.output)
        }
    }

    @Test("What is not a file is refused, and what is not there is missing") func refused() throws {
        let place = try Place()
        try ChildProcess.shell("mkdir d; echo x > file; ln -s file link", directory: place.source)
        try place.backup()
        for (name, status, says) in [("d", 2, "directory"), ("link", 2, "link"), ("none", 10, "none")]
            as [(String, Int32, String)]
        {
            let ended = try place.read("cat", "latest", place.source + "/" + name).mustBe(status)
            #expect(ended.output.isEmpty && ended.errorText.contains(says), ended.said)
        }
        #expect(
            try place.read("cat", "--json", "latest", place.source + "/file").mustBe(2).error().text("code") == "usage")
    }

    @Test("A damaged file is never written as if it were whole") func damaged() throws {
        let place = try Place()
        try ChildProcess.shell("head -c 3000000 /dev/urandom > file; echo fine > fine", directory: place.source)
        try place.backup()
        try ChildProcess.shell(
            """
            for pack in $(find packs -type f -size +1M); do
                chmod u+w $pack; printf 'damage' | dd of=$pack bs=1 seek=1000000 conv=notrunc status=none
            done
            """, directory: place.repository)
        let written = try place.read("cat", "latest", place.source + "/file").mustBe(11)
        let original = try ChildProcess.run(["cat", place.source + "/file"]).output
        #expect(written.output.count < original.count && original.starts(with: written.output))
        #expect(!written.errorText.isEmpty)
    }
}
