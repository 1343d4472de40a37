import Testing

/// `diff` tells what was done to a tree between two snapshots, and nothing else.
@Suite struct DiffTests {
    struct Expected: Equatable {
        var change: String
        var kind = "file"
        var attributes: Set<String> = []
        var before: Int? = 2
        var after: Int? = 2
    }

    private static let names = [
        "same", "gone", "content", "grown", "mode", "owner", "group", "mtime", "xattr", "acl", "linked", "kind",
        "several",
        "touched/inside",
    ]

    private static let script = """
        rm gone; rmdir empty; echo b > content; echo more >> grown; chmod 600 mode; touch -d 2001-02-03T04:05:06.789 mtime
        setfattr -n user.note -v two xattr; setfacl -m u:12345:r acl; ln linked second; rm kind; mkdir kind; ln -sfn other link
        chmod 700 dir; echo new > added; mkdir made; echo in > made/in; chmod 640 several; touch several
        setfattr -n user.note -v x several
        """

    private static let expected: [String: Expected] = [
        "gone": Expected(change: "removed", after: nil),
        "empty": Expected(change: "removed", kind: "directory", before: nil, after: nil),
        "content": Expected(change: "content", attributes: ["mtime"]),
        "grown": Expected(change: "content", attributes: ["mtime"], after: 7),
        "mode": Expected(change: "metadata", attributes: ["mode"]),
        "mtime": Expected(change: "metadata", attributes: ["mtime"]),
        "xattr": Expected(change: "metadata", attributes: ["xattr"]),
        "acl": Expected(change: "metadata", attributes: ["acl"]),
        "linked": Expected(change: "metadata", attributes: ["links"]),
        "second": Expected(change: "added", before: nil),
        "kind": Expected(change: "kind", kind: "directory", attributes: ["mode"], after: nil),
        "link": Expected(change: "metadata", kind: "link", attributes: ["mtime", "target"], before: nil, after: nil),
        "dir": Expected(change: "metadata", kind: "directory", attributes: ["mode"], before: nil, after: nil),
        "added": Expected(change: "added", before: nil, after: 4),
        "made": Expected(change: "added", kind: "directory", before: nil, after: nil),
        "made/in": Expected(change: "added", before: nil, after: 3),
        "several": Expected(change: "metadata", attributes: ["mode", "mtime", "xattr"]),
    ]

    /// A tree to which everything was done that can be told, and to which root did a little more.
    private func changed() throws -> (place: Place, before: String, after: String, expected: [String: Expected]) {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        for directory in ["touched", "dir", "empty"] { try builder.directory(directory.bytes) }
        for name in Self.names {
            try builder.file(name.bytes, "a\n".bytes)
            try builder.time(name.bytes, 1_000_000_000, 5)
        }
        try builder.link("link".bytes, to: "same".bytes)
        try builder.attribute("xattr".bytes, "user.note", "one".bytes)
        let before = try place.backup().snapshot
        try ChildProcess.shell(Self.script, directory: place.source)
        var expected = Self.expected
        if isRoot {
            try ChildProcess.shell("chown 12345 owner; chgrp 12345 group", directory: place.source)
            for name in ["owner", "group"] { expected[name] = Expected(change: "metadata", attributes: ["owner"]) }
        }
        return (place, before, try place.backup().snapshot, expected)
    }

    private func told(_ lines: [Summary], _ place: Place) -> [String: Expected] {
        var told: [String: Expected] = [:]
        for line in lines {
            let name = String(line.text("path").dropFirst(place.source.count + 1))
            told[name] = Expected(
                change: line.text("change"), kind: line.text("kind"),
                attributes: Set(line.fields["attributes"] as? [String] ?? []),
                before: line.fields["size_before"] as? Int, after: line.fields["size_after"] as? Int)
        }
        return told
    }

    @Test("Each kind of change is told with its attributes and sizes, and what is the same is not") func kinds() throws
    {
        let (place, before, after, expected) = try changed()
        let lines = try place.read("diff", before, after, "--json").mustBe(0).lines()
        #expect(lines.allSatisfy { $0.type == "difference" })
        let told = told(lines, place)
        for name in Set(told.keys).union(expected.keys).sorted() { #expect(told[name] == expected[name], "\(name)") }
        #expect(told.count == lines.count, "a path is told twice")
        #expect(lines.map { $0.text("path") } == lines.map { $0.text("path") }.sorted(by: pathOrder))
    }

    private func pathOrder(_ one: String, _ other: String) -> Bool {
        one.split(separator: "/").lexicographicallyPrecedes(other.split(separator: "/"))
    }

    @Test("The other way round, what was added was removed") func reversed() throws {
        let (place, before, after, expected) = try changed()
        let told = told(try place.read("diff", after, before, "--json").mustBe(0).lines(), place)
        #expect(Set(told.keys) == Set(expected.keys))
        for (name, one) in expected {
            let opposite = ["added": "removed", "removed": "added"][one.change, default: one.change]
            #expect(told[name]?.change == opposite, "\(name)")
            #expect(told[name]?.before == one.after && told[name]?.after == one.before, "\(name)")
        }
        for snapshot in [before, after] {
            let none = try place.read("diff", snapshot, snapshot).mustBe(0)
            #expect(
                none.text == "" && none.errorText.hasPrefix("0 added, 0 removed, 0 changed, 0 with other metadata."))
        }
    }

    @Test("As text it has a sign, the path, and with -v the attributes; a path narrows it down") func text() throws {
        let (place, before, after, expected) = try changed()
        let signs = ["added": "+", "removed": "-", "content": "M", "kind": "M", "metadata": "m"]
        let lines = expected.map { name, one in
            "\(signs[one.change, default: "?"]) \(place.source)/\(name)\(one.kind == "directory" ? "/" : "")"
        }
        let ended = try place.read("diff", before, "latest").mustBe(0)
        #expect(Set(ended.text.split(separator: "\n").map(String.init)) == Set(lines))
        let metadata = expected.values.filter { $0.change == "metadata" }.count
        #expect(ended.errorText.contains("4 added, 2 removed, 3 changed, \(metadata) with other metadata."), ended.said)
        #expect(try place.read("diff", before, after, "--quiet").mustBe(0).errorText == "")
        let verbose = try place.read("diff", before, after, "-v").mustBe(0).text
        #expect(verbose.contains("m \(place.source)/several  (mode, mtime, xattr)\n"))
        let below = try place.read("diff", before, after, place.source + "/made").mustBe(0).text
        #expect(below == "+ \(place.source)/made/\n+ \(place.source)/made/in\n")
        #expect(try place.read("diff", before, after, place.source + "/touched").mustBe(0).text == "")
    }

    @Test("Random changes are told as find and sha256sum see them", arguments: [5, 6]) func random(seed: UInt64) throws
    {
        let place = try Place()
        var tree = try RandomTree(seed: seed, at: place.source, count: 120)
        let before = try place.backup().snapshot
        let old = try SeenEntry.below(place.source)
        try tree.change(40)
        let after = try place.backup().snapshot
        let new = try SeenEntry.below(place.source)
        let lines = try place.read("diff", before, after, "--json").mustBe(0).lines()
        func told(_ change: String) -> Set<[UInt8]> { Set(lines.filter { $0.text("change") == change }.map(\.path)) }
        func both(_ test: (SeenEntry, SeenEntry) -> Bool) -> Set<[UInt8]> {
            Set(old.keys.filter { path in old[path].flatMap { one in new[path].map { test(one, $0) } } ?? false })
        }
        #expect(told("added") == Set(new.keys).subtracting(old.keys), "seed \(seed)")
        #expect(told("removed") == Set(old.keys).subtracting(new.keys), "seed \(seed)")
        #expect(told("kind") == both { $0.fields["kind"] != $1.fields["kind"] }, "seed \(seed)")
        let contents = both {
            $0.fields["kind"] == $1.fields["kind"]
                && ($0.fields["sha256"] != $1.fields["sha256"] || $0.fields["size"] != $1.fields["size"])
        }
        #expect(told("content") == contents, "seed \(seed)")
        for (attribute, fields) in [("mode", ["mode"]), ("owner", ["uid", "gid"])] {
            let changed = both { one, other in fields.contains { one.fields[$0] != other.fields[$0] } }
            let found = lines.filter { ($0.fields["attributes"] as? [String])?.contains(attribute) == true }.map(\.path)
            #expect(Set(found) == changed, "\(attribute), seed \(seed)")
        }
    }
}
