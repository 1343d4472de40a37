import Testing

/// The numbers of `stats` against du, find and what was backed up.
@Suite struct StatsTests {
    private func place() throws -> Place {
        let place = try Place()
        // 400 kB of noise, twice, and 300 kB that compress well.
        try ChildProcess.shell(
            "head -c 400000 /dev/urandom > noise; cp noise twin; printf 'line %.0s' {1..60000} > text; mkdir d; ln -s d link",
            directory: place.source)
        try place.backup()
        try ChildProcess.shell("echo small > d/small", directory: place.source)
        try place.backup()
        return place
    }

    private func number(_ script: String, _ place: Place) throws -> Int {
        let text = try ChildProcess.shell(script, directory: place.repository)
        return try #require(Int(text.filter { !$0.isWhitespace }))
    }

    @Test("Objects and bytes are those that lie there, with a key and without") func stored() throws {
        let place = try place()
        for ended in [try place.visit("stats", "--json"), try place.read("stats", "--json")] {
            let lines = try ended.mustBe(0).lines()
            try #require(lines.map(\.type) == ["sizes"])
            let sizes = lines[0]
            #expect(sizes["snapshots"] == 2)
            #expect(try sizes["objects"] == number("find . -path ./tmp -prune -o -type f -print | wc -l", place))
            #expect(
                try sizes["bytes_stored"]
                    == number(
                        "find . -path ./tmp -prune -o -type f -printf '%s\\n' | awk '{ n += $1 } END { print n }'",
                        place))
            for (field, folder) in [("packs", "packs"), ("metadata_packs", "meta"), ("index_runs", "index")] {
                #expect(try sizes[field] == number("find \(folder) -type f | wc -l", place), "\(field)")
                #expect(sizes[field] > 0)
            }
        }
        #expect(try place.visit("stats", "--json").lines()[0].fields["bytes_unique"] == nil)
    }

    @Test("With a key it says what was backed up, and what deduplication and compression saved") func saved() throws {
        let place = try place()
        let sizes = try #require(try place.read("stats", "--json").mustBe(0).lines().first)
        let snapshots = try place.snapshots()
        let (first, second) = (400_000 + 400_000 + 300_000, 1_100_006)
        #expect(sizes["bytes"] == first + second && sizes["files"] == 3 + 4)
        // The source itself, d and link are entries besides files.
        let entries = snapshots.reduce(0) { $0 + $1["files"] + $1["directories"] + $1["others"] }
        #expect(sizes["entries"] == entries && entries == 7 + 2 * 3)
        // Once each: noise, text, and what is small. Tables of bundles come on top.
        #expect((700_006...702_000).contains(sizes["bytes_unique"]), "\(sizes.fields)")
        #expect((400_000...440_000).contains(sizes["bytes_unique_stored"]), "\(sizes.fields)")
        #expect(sizes["chunks"] >= 3 && sizes["bytes_unique_stored"] < sizes["bytes_stored"])

        let text = try place.read("stats").mustBe(0).text
        for part in ["data packs", "metadata packs", "index runs", "2 snapshots of 7 files", "deduplication 3.1 to 1"] {
            #expect(text.contains(part), "\(part) is missing from: \(text)")
        }
        #expect(try place.visit("stats").mustBe(0).text.contains("With a key"))
    }
}
