import Foundation
import Glibc
import Testing

@Suite("The audit log")
struct AuditTests {
    @Test("Every command leaves an entry with who, on what, and how it ended, before and after")
    func everyPath() throws {
        let desk = try AuditDesk()
        let place = desk.place
        try ChildProcess.shell("echo text > file", directory: place.source)
        let snapshot = try place.backup().snapshot
        for words in [["snapshots"], ["ls", "latest"], ["find", "file"], ["diff", "latest", "latest"], ["stats"]] {
            try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0)
        }
        try desk.run("cat", "latest", place.source + "/file").mustBe(0)
        try desk.run("restore", "latest", "--target", place.scratch.path + "/back").mustBe(0)
        try desk.run("export", "--output", place.scratch.path + "/archive.tar.gz").mustBe(0)
        try desk.run("verify").mustBe(0)
        try desk.run("hold", "add", "latest", "--reason", "Order 17", as: desk.owner).mustBe(0)
        try desk.run("forget", "--keep-last", "1", "--reason", "as agreed", as: desk.owner).mustBe(0)
        try desk.run("collect").mustBe(0)
        let acts = try desk.acts()
        #expect(
            acts.map { $0.text("act") } == [
                "init", "backup", "snapshots", "ls", "find", "diff", "stats", "cat", "restore", "export", "verify",
                "hold-add", "forget", "collect",
            ])
        #expect(acts.allSatisfy { $0.text("outcome") == "ok" && $0.text("user") != "" && $0["uid"] == Int(geteuid()) })
        func objects(_ act: String) -> [String] {
            acts.first { $0.text("act") == act }?.fields["objects"] as? [String] ?? []
        }
        for act in acts.dropFirst() { #expect(objects(act.text("act")).contains("repository " + place.repository)) }
        #expect(objects("backup").contains("snapshot " + snapshot) && objects("cat").contains("snapshot latest"))
        #expect(objects("restore").contains("target " + place.scratch.path + "/back"))
        #expect(acts.first { $0.text("act") == "forget" }?.text("reason") == "as agreed")
        #expect(acts.first { $0.text("act") == "forget" }?.text("plan").count == 64)
        // What was looked for, and names of files, are in none.
        let content = try ChildProcess.shell("cat \"$1\"/tile/entries/000.p/*", desk.log)
        #expect(!content.contains("/source/file") && !content.contains(Place.passphrase))
    }

    @Test("What is refused and what fails is in the log as well") func refused() throws {
        let desk = try AuditDesk()
        let wrong = try desk.place.scratch.write("not the passphrase\n", "wrong")
        try desk.run("snapshots", "--passphrase-file", wrong, "--tag", "x", as: desk.place.writing).mustBe(12)
        try desk.run("ls", "0123456789").mustBe(10)
        try desk.run("forget", "--keep-last", "0").mustBe(2)
        let acts = try desk.acts().suffix(3)
        #expect(acts.map { $0.text("outcome") } == ["refused", "failed", "refused"])
        #expect(acts.map { $0.text("code") } == ["passphrase-wrong", "snapshot-missing", "usage"])
        #expect(try desk.acts("--outcome", "passphrase-wrong").count == 1)
    }

    @Test("Help, the version and reading the log itself are no acts") func noActs() throws {
        let desk = try AuditDesk()
        for words in [
            ["version"], ["--help"], ["help", "forget"], ["completions", "bash"], ["audit", "log"],
            ["audit", "verify"],
        ] {
            try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0)
        }
        try desk.run("backup", "--nonsense").mustBe(2)
        #expect(try desk.names == ["init"])
    }

    @Test("Who was killed is found by the next one, and nobody else is taken for gone") func killed() throws {
        let desk = try AuditDesk()
        try ChildProcess.shell("head -c 80000000 /dev/urandom > noise", directory: desk.place.source)
        let process = try ChildProcess(
            [program, "backup", desk.place.source].map(\.bytes), environment: desk.place.writing)
        try waitUntil("the backup has begun") {
            try FileStatus.files(below: desk.place.home).contains { $0.contains("/journals/") }
        }
        try desk.run("stats").mustBe(0)
        #expect(try desk.acts("--act", "backup").map { $0.text("outcome") } == ["open"])
        process.signal(SIGKILL)
        _ = process.wait()
        try desk.run("stats").mustBe(0)
        let backup = try #require(try desk.acts("--act", "backup").first)
        #expect(backup.text("outcome") == "interrupted" && backup.fields["reconciled"] as? Bool == true)
    }

    @Test("What cannot be written down is not done: no directory, no room") func unwritable() throws {
        let desk = try AuditDesk()
        try ChildProcess.shell(
            "echo text > file; echo > \"$1\"/in-the-way", desk.place.scratch.path, directory: desk.place.source)
        var homes = [desk.place.scratch.path + "/in-the-way"]
        var mount: Mount?
        if Mount.isPossible {
            homes.append(try desk.place.scratch.folder("full"))
            mount = try Mount(at: homes[1], size: "1m")
            try ChildProcess.shell(
                "cp -a \"$1\"/. \"$2\"; cat /dev/zero > \"$2\"/filler || true", desk.place.home, homes[1])
        }
        for home in homes {
            let target = desk.place.scratch.path + "/out"
            let environment = desk.environment.merging(["SAFEHOLD_HOME": home]) { $1 }
            #expect(try desk.run("backup", desk.place.source, as: environment).status != 0)
            let ended = try desk.run("keys", "generate", "--output", target, "--json", as: environment)
            let isFull = home.hasSuffix("/full")
            try ended.mustBe(isFull ? 13 : 1)
            #expect(try ended.error().text("code") == (isFull ? "audit-full" : "audit-unwritable"))
            #expect(access(target, F_OK) != 0, "it was done all the same")
        }
        withExtendedLifetime(mount) {}
        #expect(try desk.place.snapshots().isEmpty)
    }

    @Test("Programs that run at the same time lose nothing") func together() throws {
        let desk = try AuditDesk()
        let processes = try (0..<8).map { _ in
            try ChildProcess([program, "stats"].map(\.bytes), environment: desk.environment)
        }
        for process in processes { #expect(process.wait().status == 0) }
        let acts = try desk.acts("--act", "stats")
        #expect(acts.count == 8 && acts.allSatisfy { $0.text("outcome") == "ok" })
        #expect(try desk.finding() == nil)
    }

    @Test("What a server asks for with every segment is one act an hour, and a failure is said once") func standing()
        throws
    {
        let desk = try AuditDesk()
        for _ in 0..<3 {
            let ended = try desk.run("wal", "push", "--component", "cluster", desk.place.source + "/missing")
            #expect(ended.status != 0)
        }
        let acts = try desk.acts("--act", "wal")
        #expect(acts.count == 1 && acts.first?.fields["standing"] as? Bool == true && acts.first?.text("by") == "host")
        let number = try #require(acts.first)["entry"]
        let lines = try desk.run("audit", "show", "\(number)").mustBe(0).text
        #expect(lines.split(separator: "\n").filter { $0.hasPrefix("  ended") }.count == 1)
    }

    @Test("What a store's clock said stands in the outcome of what wrote there") func storeClock() throws {
        let desk = try AuditDesk()
        try desk.run("backup", desk.place.source, as: desk.place.writing).mustBe(0)
        try desk.run("keys", "list").mustBe(0)
        let acts = try desk.acts()
        let words = (acts.first { $0.text("act") == "backup" }?.fields["store_clocks"] as? [String] ?? [])
            .flatMap { $0.split(separator: " ") }
        #expect(words.count == 3 && words.last.map(String.init) == desk.place.repository)
        // The file system's clock is this host's.
        #expect(try abs(#require(Int(words[1]))) < 5000)
        #expect(acts.first { $0.text("act") == "keys-list" }?.fields["store_clocks"] as? [String] == [])
        let number = try #require(acts.first { $0.text("act") == "backup" })["entry"]
        #expect(
            try desk.run("audit", "show", "\(number)").mustBe(0).text.contains(
                "the clock of \(desk.place.repository) said "))
    }

    @Test("It is searched by person, time, act, outcome and text") func searching() throws {
        let desk = try AuditDesk()
        try desk.run("hold", "list").mustBe(0)
        try desk.run("keys", "list").mustBe(0)
        let words = try desk.place.scratch.write("another good passphrase\n", "words")
        try desk.run(
            "keys", "add", "--new-passphrase-file", words, "--label", "deputy", "--reason", "Ticket 4711",
            as: desk.owner
        )
        .mustBe(0)
        #expect(try desk.acts("--act", "keys").map { $0.text("act") } == ["keys-list", "keys-add"])
        #expect(try desk.acts("--text", "ticket 4711").map { $0.text("act") } == ["keys-add"])
        #expect(try desk.acts("--person", "\(geteuid())").count == desk.acts().count)
        #expect(try desk.acts("--person", "nobody-at-all").isEmpty)
        #expect(try desk.acts("--until", "2020-01-01").isEmpty && desk.acts("--since", "2020-01-01").count == 4)
        #expect(try desk.run("audit", "search", "--since", "yesterday").status == 2)
    }
}
