import Foundation
import Testing

/// Components that are what programs print (COMP-4: any other engine).
@Suite("A component of streams") struct StreamTests {
    private func desk(_ streams: String) throws -> DaemonPlace {
        try DaemonPlace(
            components: """
                database:
                  kind: database
                  schedule: { full: every 6h }
                  streams: \(streams)
                """)
    }

    private func run(_ desk: DaemonPlace) throws -> Ended {
        try ChildProcess.run(
            [program, "run", "--json", "--strategy", desk.strategyFile], environment: desk.environment)
    }

    private func restored(_ desk: DaemonPlace) throws -> String {
        let target = desk.place.scratch.path + "/restored-" + UUID().uuidString.prefix(8)
        try ChildProcess.run(
            [program, "restore", "--component", "database", "--latest", "--target", target],
            environment: desk.place.reading
        ).mustBe(0)
        return target
    }

    @Test("is kept byte for byte, large and small, and verified") func kept() throws {
        let desk = try desk(
            "[{file: ward.ldif, command: [printf, 'dn: ward\\n']}, {file: large.dump, command: [/bin/sh, -c, 'seq 1 3000000']}]"
        )
        try run(desk).mustBe(0)
        let folder = try restored(desk)
        #expect(try FileStatus.files(below: folder) == ["large.dump", "ward.ldif"])
        try ChildProcess.shell(
            "seq 1 3000000 | cmp - \"$1\"/large.dump; printf 'dn: ward\\n' | cmp - \"$1\"/ward.ldif", folder)
        #expect(try FileStatus.mode(folder + "/large.dump") == "600")
        try desk.place.verify("--read-data").mustBe(0)
        let listed = try ChildProcess.run([program, "ls", "latest", "/"], environment: desk.place.reading).mustBe(0)
        #expect(listed.text.contains("/database/large.dump") || listed.text.contains("/database"), listed.said)
    }

    @Test("that is the same again takes no room") func same() throws {
        let desk = try desk("{file: large.dump, command: [seq, '2000000']}")
        try run(desk).mustBe(0)
        try run(desk).mustBe(0)
        let runs = try desk.runs("database")
        #expect(runs.count == 2)
        #expect(runs[0]["bytes_new"] > 1_000_000 && runs[1]["bytes_new"] == 0, "\(runs)")
    }

    @Test("that ends badly is a failed run and no snapshot, and the next one is whole") func half() throws {
        let desk = try desk(
            "{file: w.dump, command: [/bin/sh, -c, 'seq 1 500000; echo table is locked >&2; test -e \"$0\"', GO]}")
        let go = desk.place.scratch.path + "/go"
        try ChildProcess.shell("sed -i \"s|GO|$2|\" \"$1\"", desk.strategyFile, go)
        let ended = try run(desk).mustBe(13)
        let error = try ended.failedRun()
        #expect(error.text("code") == "stream-failed")
        #expect(error.text("message").contains("ended with status 1. It said: table is locked"), ended.said)
        #expect(try desk.place.snapshots().isEmpty)
        #expect(try desk.runs("database", "failed").count == 1)
        try ChildProcess.shell("touch \"$1\"", go)
        try run(desk).mustBe(0)
        try ChildProcess.shell("seq 1 500000 | cmp - \"$1\"/w.dump", try restored(desk))
    }

    @Test("that is interrupted leaves no program behind") func interrupted() throws {
        let desk = try desk(
            "{file: w.dump, command: [/bin/sh, -c, 'echo $$ > \"$0\"; seq 1 100000; exec sleep 600', PID]}")
        let place = desk.place.scratch.path + "/pid"
        try ChildProcess.shell("sed -i \"s|PID|$2|\" \"$1\"", desk.strategyFile, place)
        let process = try ChildProcess(
            [program, "run", "--strategy", desk.strategyFile].map(\.bytes), environment: desk.environment)
        try waitUntil("the program runs") { FileStatus.exists(place) }
        usleep(300_000)
        process.signal(SIGINT)
        #expect(process.wait().way == .exit(130))
        try ChildProcess.shell("! kill -0 \"$(cat \"$1\")\" 2>/dev/null", place)
        #expect(try desk.place.snapshots().isEmpty)
    }

    @Test("is exported into the folder of its kind") func exported() throws {
        let desk = try desk("{file: ward.sql, command: [printf, 'select 1;']}")
        try run(desk).mustBe(0)
        let archive = desk.place.scratch.path + "/export.tar.gz"
        try ChildProcess.run(
            [program, "export", "--latest", "--output", archive], environment: desk.place.reading
        ).mustBe(0)
        let files = try ChildProcess.shell("tar -tzf \"$1\"", archive).split(separator: "\n")
        #expect(files.contains { $0.hasSuffix("Z/database/ward.sql") }, "\(files)")
    }

    /// `database restore` or `check`.
    private func feed(_ verb: String, _ desk: DaemonPlace, _ words: String...) throws -> Ended {
        try ChildProcess.run(
            [program, "database", verb, "database", "--strategy", desk.strategyFile] + words,
            environment: desk.place.reading)
    }

    @Test("goes back to the program that takes it, and to the one that looks at it") func fed() throws {
        let desk = try desk(
            """
            [{file: numbers, command: [seq, '400000'], restore: [/bin/sh, -c, 'cat > OUT'], check: [/bin/sh, -c, 'test "$(tail -n 1)" = 400000']},
             {file: other, command: [echo, x], check: [/bin/sh, -c, 'echo it is not good >&2; exit 4']}]
            """.replacing("\n", with: " "))
        let out = desk.place.scratch.path + "/out"
        try ChildProcess.shell("sed -i \"s|OUT|$2|\" \"$1\"", desk.strategyFile, out)
        try run(desk).mustBe(0)
        #expect(try feed("restore", desk).mustBe(0).text == "restored  numbers\n")
        try ChildProcess.shell("seq 400000 | cmp - \"$1\"", out)
        let checked = try feed("check", desk).mustBe(13).text
        #expect(
            checked.hasPrefix("good  numbers\nFAILED  other: '/bin/sh' ended with status 4. It said: it is not good"))
        let json = try feed("check", desk, "--file", "numbers", "--json").mustBe(0).lines()
        #expect(json.map(\.type) == ["stream-fed"] && json.first?.text("purpose") == "check")
        try feed("restore", desk, "--file", "other").mustBe(2)
    }

    @Test("that is damaged comes to no good end in the program that takes it") func damaged() throws {
        let desk = try desk(
            "{file: numbers, command: [seq, '900000'], restore: [/bin/sh, -c, 'cat > OUT && touch OUT.done']}")
        let out = desk.place.scratch.path + "/out"
        try ChildProcess.shell("sed -i \"s|OUT|$2|g\" \"$1\"", desk.strategyFile, out)
        try run(desk).mustBe(0)
        try ChildProcess.shell(
            """
            for pack in $(find "$1"/packs -type f); do size=$(stat -c %s "$pack")
            head -c $((size - 40000)) /dev/zero | dd of="$pack" bs=4096 seek=1 conv=notrunc status=none; done
            """, desk.place.repository)
        try feed("restore", desk).mustBe(11)
        #expect(!FileStatus.exists(out + ".done"))
    }

    @Test("is restored as a whole, or it is said") func deaf() throws {
        let desk = try desk("{file: numbers, command: [seq, '900000'], restore: [head, -n, '1']}")
        try run(desk).mustBe(0)
        #expect(
            try feed("restore", desk).mustBe(13).text
                == "FAILED  numbers: 'head' ended well, but did not read all of it.\n")
    }
}
