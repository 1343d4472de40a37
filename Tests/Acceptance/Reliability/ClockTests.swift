import Testing

/// The clock of a host goes where it likes; order within a chain is not a matter of clocks.
@Suite(.enabled(if: ChildProcess.has("faketime"), "faketime is not there")) struct ClockTests {
    @Test("Ten years back and forth") func tenYears() throws {
        let place = try Place()
        var snapshots: [(id: String, content: String)] = []
        for (round, time) in ["now", "-10y", "+10y", "-10y", "now", "+10y"].enumerated() {
            let content = "content of round \(round)\n"
            try ChildProcess.shell("printf '%s' \"$1\" > file; echo always > other", content, directory: place.source)
            let words = [program, "backup", "--json", place.source]
            let run = time == "now" ? words : ["faketime", "-f", time] + words
            snapshots.append(
                (try ChildProcess.run(run, environment: place.writing).mustBe(0).summary().snapshot, content))
        }
        try place.verify("--read-data").mustBe(0)
        let listed = try place.snapshots()
        #expect(listed.count == snapshots.count)
        for snapshot in snapshots {
            #expect(try ChildProcess.shell("cat file", directory: try place.restored(snapshot.id)) == snapshot.content)
        }
        let sequences = Dictionary(uniqueKeysWithValues: listed.map { ($0.text("id"), $0["sequence"]) })
        #expect(snapshots.map { sequences[$0.id] } == [1, 2, 3, 4, 5, 6])
    }

    @Test("A file that is written in the same moment as the backup is read again by the next one") func sameMoment()
        throws
    {
        let place = try Place()
        for round in 0..<4 {
            try ChildProcess.shell("echo \(round)\(round) > file", directory: place.source)
            try place.backup()
            #expect(try ChildProcess.shell("cat file", directory: try place.restored()) == "\(round)\(round)\n")
        }
    }
}
