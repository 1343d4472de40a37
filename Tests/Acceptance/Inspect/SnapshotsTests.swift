import Testing

/// The list of snapshots against the backups that were made.
@Suite struct SnapshotsTests {
    /// Three backups, oldest first, with their summaries.
    private func history() throws -> (place: Place, summaries: [Summary]) {
        let place = try Place()
        try ChildProcess.shell("mkdir d; echo one > d/one; ln -s d link; echo two > two", directory: place.source)
        var summaries = [try place.backup("--tag", "first", "--tag", "kept", "--exclude", "*.tmp", place.source)]
        try ChildProcess.shell("echo three > three", directory: place.source)
        summaries.append(try place.backup())
        summaries.append(try place.backup("--component", "half", "--full", "--tag", "kept", place.source + "/d"))
        return (place, summaries)
    }

    @Test("With a key each snapshot says what its backup said") func detailed() throws {
        let (place, summaries) = try history()
        let listed = try place.snapshots()
        #expect(listed.map { $0.text("id") } == summaries.map(\.snapshot))
        let documented = Set(try DocumentedLines().types["snapshot", default: [:]].keys).union(["schema", "type"])
        for (snapshot, summary) in zip(listed, summaries) {
            #expect(Set(snapshot.fields.keys) == documented)
            for field in [
                "files", "directories", "others", "bytes", "bytes_stored", "files_unread", "problems", "sequence",
            ] {
                #expect(snapshot[field] == summary[field], "\(field)")
            }
            for field in ["writer", "mode", "component"] {
                #expect(snapshot.text(field) == summary.text(field), "\(field)")
            }
            #expect(snapshot.text("began") <= snapshot.text("ended") && snapshot.text("ended") <= snapshot.text("time"))
            #expect(snapshot["epoch"] == 1 && snapshot.text("host") == snapshot.text("writer_host"))
        }
        #expect(listed.map { $0.fields["tags"] as? [String] } == [["first", "kept"], [], ["kept"]])
        #expect(listed.map { $0.fields["excludes"] as? [String] } == [["*.tmp"], [], []])
        #expect(
            listed.map { $0.fields["paths"] as? [String] } == [[place.source], [place.source], [place.source + "/d"]])
        #expect(listed.map { $0.text("mode") } == ["full", "incremental", "full"])
        #expect(listed.map { $0["files"] } == [2, 3, 1] && listed[1]["bytes"] == 14 && listed[1]["others"] == 1)
    }

    @Test("Without a key it says when and by whom, and nothing of what") func closed() throws {
        let (place, summaries) = try history()
        let listed = try place.visit("snapshots", "--json").mustBe(0).lines()
        #expect(listed.map { $0.text("id") } == summaries.map(\.snapshot))
        let known: Set = [
            "schema", "type", "id", "sequence", "writer", "writer_host", "domain", "epoch", "mode", "time", "software",
        ]
        for snapshot in listed { #expect(Set(snapshot.fields.keys) == known) }
        let ended = try place.visit("snapshots").mustBe(0)
        #expect(!ended.text.contains(place.source) && !ended.text.contains("kept"))
        for summary in summaries { #expect(ended.text.contains(summary.snapshot.prefix(16))) }
        #expect(ended.errorText.contains("--passphrase-file"))
    }

    @Test("--component and --tag choose, and text shows paths, tags and what is partial") func chosen() throws {
        let (place, summaries) = try history()
        func ids(_ words: String...) throws -> [String] {
            try ChildProcess.run([program, "snapshots", "--json"] + words, environment: place.reading).mustBe(0).lines()
                .map { $0.text("id") }
        }
        #expect(try ids("--tag", "kept") == [summaries[0].snapshot, summaries[2].snapshot])
        #expect(try ids("--component", "half") == [summaries[2].snapshot])
        #expect(try ids("--component", place.source, "--tag", "kept") == [summaries[0].snapshot])
        #expect(try ids("--tag", "none").isEmpty)
        let lines = try place.read("snapshots").mustBe(0).text.split(separator: "\n")
        #expect(lines.count == 4 && lines[1].contains("[first, kept]") && lines[3].contains(place.source + "/d"))
        #expect(!lines.contains { $0.contains("partial") })
        #expect(try place.read("snapshots", "--tag", "none").mustBe(0).text == "No snapshots.\n")
    }

    @Test("A partial snapshot is marked as one", .enabled(if: Faults.isAvailable, Faults.reason)) func partial() throws
    {
        let (place, _) = try history()
        try ChildProcess.shell("echo going > going", directory: place.source)
        try ChildProcess.run(
            [program, "backup", place.source],
            environment: place.writing.merging(try Faults.environment(["FAULT_VANISHES": "going"])) { $1 }
        ).mustBe(3)
        #expect(try place.snapshots().map { $0["problems"] } == [0, 0, 0, 1])
        #expect(
            try place.read("snapshots").mustBe(0).text.split(separator: "\n").last?.contains("(partial: 1)") == true)
    }
}
