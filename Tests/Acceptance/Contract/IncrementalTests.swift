import Testing

/// Which files are read again, and which are not even opened.
@Suite struct IncrementalTests {
    @Test("Unchanged files are not read; --full reads every byte") func fullAndIncremental() throws {
        let place = try Place()
        try ChildProcess.shell(
            "for i in $(seq 60); do head -c 5000 /dev/urandom > f$i; done; head -c 400000 /dev/urandom > large; mkfifo p",
            directory: place.source)
        let first = try place.backup()
        #expect(first["bytes_read"] == 700_000 && first["bytes"] == 700_000)
        // What was written in the last moment before a backup is read once more by the next one.
        try place.backup()
        let second = try place.backup()
        #expect(second["bytes_read"] == 0 && second["files_unread"] == 61 && second["bytes_new"] < 100_000)
        let full = try place.backup(place.source, "--full")
        #expect(full.text("mode") == "full" && full["bytes_read"] == 700_000 && full["files_unread"] == 0)
        #expect(full["bytes_stored"] < 200_000, "what is known already is not stored again")
        #expect(try place.snapshots().count == 4)
        for snapshot in try place.snapshots() {
            try Comparison.expectSame(place.source, try place.restored(snapshot.text("id")))
        }
    }

    @Test("A change is seen although size and modification time are as before") func keptTime() throws {
        let place = try Place()
        try ChildProcess.shell("echo aaaa > file; echo other > other", directory: place.source)
        try place.backup()
        try place.backup()
        try ChildProcess.shell(
            "touch -r file ../time; echo bbbb > file; touch -r ../time file", directory: place.source)
        #expect(try place.backup()["files_unread"] == 1)
        #expect(try ChildProcess.shell("cat file", directory: try place.restored()) == "bbbb\n")
    }

    @Test("A new file in place of another one, and a mode alone") func replaced() throws {
        let place = try Place()
        try ChildProcess.shell("echo aaaa > file; echo x > mode; mkdir d; echo y > d/inside", directory: place.source)
        try place.backup()
        try ChildProcess.shell(
            "echo bbbb > new; touch -r file new; mv new file; chmod 600 mode; mv d e", directory: place.source)
        try place.backup()
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test(
        "An unchanged file costs two system calls at most, and is not opened",
        .enabled(if: ChildProcess.has("strace"), "strace is not there"))
    func systemCalls() throws {
        func calls(files: Int) throws -> (all: Int, opened: Int) {
            let place = try Place()
            try ChildProcess.shell(
                "for d in $(seq 10); do mkdir d$d; for i in $(seq \(files / 10)); do echo $i > d$d/unchanged-$i; done; done",
                directory: place.source)
            try place.backup()
            try place.backup()
            let log = place.scratch.path + "/calls"
            let traced = try ChildProcess.run(
                [
                    "strace", "-f", "-qq", "-s", "256", "-e", "signal=none", "-o", log, program, "backup", "--json",
                    place.source,
                ],
                environment: place.writing
            ).mustBe(0)
            #expect(try traced.summary()["files_unread"] == files)
            let counted = try ChildProcess.shell(
                "grep -vc ' resumed>' \"$1\"; grep -cE 'open.*unchanged-' \"$1\" || true", log)
            let numbers = counted.split(separator: "\n").compactMap { Int($0) }
            return (numbers[0], numbers[1])
        }
        let (few, many) = (try calls(files: 10), try calls(files: 5010))
        #expect(many.opened == 0)
        #expect(many.all - few.all <= 2 * 5000, "\(many.all - few.all) calls for 5000 files")
    }
}
