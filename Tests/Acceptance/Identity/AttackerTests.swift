import Foundation
import Testing

/// An attacker's afternoon: somebody with a shell, by the program and with plain tools. docs/threat-model.md has a line for each.
@Suite(.enabled(if: Hospital.isAvailable, Hospital.reason)) struct AttackerTests {
    /// A strategy that has the host run a program of whoever wrote it.
    private static func strategy(_ hospital: Hospital, in folder: String, mark: String) throws -> String {
        try hospital.strategy(
            "own: { kind: database, schedule: { full: every 1d }, streams: [{ file: a, command: [/bin/sh, -c, 'touch \(mark); echo x'] }] }",
            telling: "backup-administrator", file: folder + "/safehold.yaml")
    }

    /// Ends with 124 what would go on.
    private static func run(_ hospital: Hospital, _ login: String, _ words: [String], directory: String? = nil) throws
        -> Ended
    {
        try ChildProcess.run(
            ["timeout", "20", program] + words, environment: try hospital.shell(login), directory: directory)
    }

    private static func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    @Test("Nobody has the host run a program of his own: neither signed in nor not, by a strategy that he can write")
    func ownStrategy() throws {
        let hospital = try Hospital()
        for login in ["otto", "ada"] { try hospital.login(login).mustBe(0) }
        let folder = try hospital.place.scratch.folder("strategies")
        let mark = hospital.place.scratch.path + "/it-ran"
        let file = try Self.strategy(hospital, in: "strategies", mark: mark)
        // A file that others may write, and one in a folder where they may exchange it.
        for (mode, folderMode) in [("666", "755"), ("664", "755"), ("644", "777"), ("644", "775")] {
            try ChildProcess.shell("chmod \(mode) \"$1\"; chmod \(folderMode) \"$2\"", file, folder)
            for (login, words) in [
                ("nobody", ["daemon", "--strategy", file, "--json"]), ("otto", ["run", "--strategy", file, "--json"]),
            ] {
                try Self.run(hospital, login, words).mustBeRefused("not-permitted")
            }
        }
        try ChildProcess.shell("chmod 755 \"$1\"; chmod 666 \"$2\"", folder, file)
        try Self.run(hospital, "nobody", ["daemon", "--json"], directory: folder).mustBeRefused("not-permitted")
        // By a link that is exchanged later.
        let link = hospital.place.scratch.path + "/link.yaml"
        try ChildProcess.shell("ln -s \"$1\" \"$2\"", file, link)
        try Self.run(hospital, "otto", ["run", "--strategy", link, "--json"]).mustBeRefused("not-permitted")
        #expect(!Self.exists(mark))
        // Whoever administers the host wrote this one.
        try ChildProcess.shell("chmod 644 \"$1\"", file)
        try Self.run(hospital, "otto", ["run", "--strategy", file, "--json"]).mustBeRefused("strategy-not-adopted")
        try hospital.adopt(file)
        try Self.run(hospital, "ada", ["run", "--strategy", file, "--json"]).mustBeRefused("not-permitted")
        #expect(!Self.exists(mark))
        try Self.run(hospital, "otto", ["run", "--strategy", file]).mustBe(0)
        #expect(Self.exists(mark))
    }

    @Test("Nor by the configuration of ssh that an address names, nor by programs of a server that he brings")
    func ownPrograms()
        throws
    {
        let hospital = try Hospital()
        for login in ["otto", "dora"] { try hospital.login(login).mustBe(0) }
        let mark = hospital.place.scratch.path + "/it-ran"
        let text = "Host *\n  ProxyCommand /bin/sh -c 'touch \(mark)'\n"
        let file = try hospital.place.scratch.write(text, "ssh-config")
        let store = "sftp://somewhere/srv/backup?config=" + file
        try ChildProcess.shell("chmod 666 \"$1\"", file)
        for words in [["snapshots"], ["verify", "--without-key"], ["backup", hospital.place.source]] {
            try Self.run(hospital, "otto", words + ["--repository", store, "--json"]).mustBeRefused("not-permitted")
        }
        try ChildProcess.shell("rm \"$1\"; mkdir -p \"$2\"; chmod 777 \"$2\"", file, file + ".d")
        // Not there yet, in a folder where he can put it in time.
        let later = "sftp://somewhere/srv/backup?config=" + file + ".d/later"
        try Self.run(hospital, "otto", ["snapshots", "--repository", later, "--json"]).mustBeRefused("not-permitted")
        #expect(!Self.exists(mark))
        let recovery = [
            "restore", "cluster", "--target-end", "--target", mark + ".d", "--server-programs", file + ".d",
        ]
        try hospital.runWithKey("dora", recovery + ["--verify", "--json"]).mustBeRefused("not-permitted")
        #expect(!Self.exists(mark))
    }

    @Test("Who may back up and restore does not read the host's keys by that") func readingTheState() throws {
        let hospital = try Hospital()
        for login in ["ben", "otto"] { try hospital.login(login).mustBe(0) }
        let (scratch, home) = (hospital.place.scratch.path, hospital.place.home)
        try ChildProcess.shell("ln -s \"$1\" \"$2\"/link; echo content > \"$2\"/file", home, hospital.place.source)
        for path in [home, home + "/identity", home + "/identity/key", hospital.place.source + "/link"] {
            try hospital.run("otto", "backup", path, "--json").mustBeRefused("not-permitted")
        }
        try hospital.run("ben", "sign", home + "/identity/key", "--meaning", "review", "--json")
            .mustBeRefused("not-permitted")
        // All around it: it is left out.
        try hospital.run("ben", "backup", scratch, "--component", "around").mustBe(0)
        let listed = try hospital.runWithKey("ben", "ls", "latest", "--recursive", "--json").mustBe(0).text
        #expect(listed.contains("source/file") && !listed.contains("identity/key"))
        #expect(!listed.contains("catalog.sqlite") && !listed.contains("audit/key"))
        try hospital.runWithKey("ben", "cat", "latest", home + "/identity/key").mustBe(12)
    }

    @Test("Who may restore does not make himself another by restoring over the host's state") func writingTheState()
        throws
    {
        let hospital = try Hospital()
        for login in ["ben", "otto"] { try hospital.login(login).mustBe(0) }
        let (scratch, home, source) = (hospital.place.scratch.path, hospital.place.home, hospital.place.source)
        // A directory of persons in which he is everything.
        let rival = ["--founder", "ben:security-lead,backup-administrator:1:B", "--founder", "x:technical-lead:2:X"]
        try ChildProcess.run(
            [program, "users", "found", "--approvers", "1", "--host", "nothing", "--handover", scratch + "/rival"]
                + rival, environment: ["SAFEHOLD_HOME": source + "/home"]
        ).mustBe(0)
        try hospital.run("ben", "backup", source).mustBe(0)
        let before = try ChildProcess.shell("cat \"$1\"/identity/key | sha256sum; ls \"$1\" \"$1\"/identity", home)
        for target in [home, home + "/identity", home + "/new"] {
            try hospital.runWithKey("ben", "restore", "latest", "--target", target, "--json")
                .mustBeRefused("not-permitted")
        }
        let over = try hospital.runWithKey(
            "ben", "restore", "latest", "--target", scratch, "--strip", "--overwrite", "always", "--json"
        ).mustBe(3)
        #expect(try over.problems().contains { $0.text("reason").contains("state of this host") }, over.said)
        #expect(
            try ChildProcess.shell("cat \"$1\"/identity/key | sha256sum; ls \"$1\" \"$1\"/identity", home) == before)
        // Nor with what other commands write.
        for words in [
            ["signatures", "authority", "--output", home + "/identity/breached"],
            ["export", "--output", home + "/identity/breached"],
            ["authenticator", "--handover", home + "/identity"], ["keys", "generate", "--output", home + "/x"],
        ] {
            try hospital.run("ben", words + ["--json"], settings: ["SAFEHOLD_RECIPIENT_FILE": hospital.place.keyFile])
                .mustBeRefused("not-permitted")
        }
        let who = try #require(try hospital.run("ben", "whoami", "--json").mustBe(0).lines().first)
        #expect(who.fields["roles"] as? [String] == ["backup-administrator"])
    }

    @Test("Without a session there is nothing to be had: no state of his own, no token that he makes up")
    func stranger()
        throws
    {
        let hospital = try Hospital()
        try hospital.login("otto").mustBe(0)
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        // A state of his own has no directory of persons, and no keys either.
        let own = ["SAFEHOLD_HOME": hospital.place.scratch.path + "/own"]
        func alone(_ words: String...) throws -> Ended {
            try hospital.run("nobody", words + ["--json"], settings: own)
        }
        try alone("backup", hospital.place.source).mustBe(10)
        for words in [
            ["ls", "latest"], ["restore", "latest", "--target", "/nowhere"], ["init", "--join"],
        ] {
            try hospital.run("nobody", words + ["--json"], settings: own).mustBe(12)
        }
        let tokens = try hospital.place.scratch.folder("made-up")
        let real = try String(contentsOfFile: hospital.place.scratch.path + "/sessions/otto", encoding: .utf8)
        for (number, text) in [
            "", "\n", String(real.dropLast(2)) + "x\n", String(real.reversed()),
            String(repeating: "A", count: 1000),
        ].enumerated() {
            let file = try hospital.place.scratch.write(text, "made-up/\(number)")
            try ChildProcess.shell("chmod 600 \"$1\"", file)
            try hospital.run("nobody", ["snapshots", "--json"], settings: ["SAFEHOLD_SESSION": file])
                .mustBeRefused("not-signed-in")
        }
        try hospital.run("nobody", ["snapshots", "--json"], settings: ["SAFEHOLD_SESSION": tokens])
            .mustBe(12)
    }

    @Test("A thief of a token is its owner for minutes, and keeps nothing: no password, no authenticator, no signature")
    func thief() throws {
        let hospital = try Hospital.withSigners()
        try hospital.login("anna").mustBe(0)
        try ChildProcess.shell("cp -a \"$1\"/anna \"$1\"/thief", hospital.place.scratch.path + "/sessions")
        try hospital.run("thief", "users", "list").mustBe(0)
        let chosen = try hospital.file("chosen", "the thief has come to stay\n")
        let guessed = try hospital.file("guessed", "a password of anna's\n")
        try hospital.run(
            "thief", "password", "--password-file", guessed, "--new-password-file", chosen, "--json"
        ).mustBeRefused("sign-in-refused")
        hospital.pass(seconds: 6 * 60)
        for words in [
            ["users", "list"], ["users", "remove", "ben"], ["users", "grant", "otto", "auditor"],
            ["authenticator", "--handover", hospital.place.scratch.path + "/stolen"],
        ] {
            try hospital.run("thief", words + ["--json"]).mustBeRefused("presence-needed")
        }
        let code = try hospital.file("wrong", "000000\n")
        try hospital.run("thief", "login", "--again", "--code-file", code, "--json").mustBeRefused("sign-in-refused")
        try hospital.run("anna", "logout").mustBe(0)
        try hospital.run("thief", "snapshots", "--json").mustBeRefused("not-signed-in")
    }

    @Test(
        "A copy of the catalog is no way in elsewhere, and tells no secret",
        arguments: [
            "catalog.sqlite*", "catalog.sqlite* identity/newest",
        ])
    func copiedCatalog(_ files: String) throws {
        let hospital = try Hospital()
        try hospital.login("anna").mustBe(0)
        let copy = try hospital.place.scratch.folder("copy")
        try ChildProcess.shell("cd \"$1\"; cp -a --parents \(files) \"$2\"", hospital.place.home, copy)
        for words in [["snapshots"], ["users"], ["whoami"]] {
            try hospital.run("anna", words + ["--json"], settings: ["SAFEHOLD_HOME": copy])
                .mustBeRefused("identity-behind", 11)
        }
    }

    @Test("Root on a host that writes gets round the directory, and not round the keys; what he does is in the log")
    func root() throws {
        let hospital = try Hospital()
        let (home, scratch) = (hospital.place.home, hospital.place.scratch.path)
        try hospital.login("otto").mustBe(0)
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        let first = try hospital.run("otto", "backup", hospital.place.source, "--json").mustBe(0).summary().snapshot
        try ChildProcess.shell("cp \"$1\"/audit/log/checkpoint \"$1\"/audit/policy \"$2\"", home, scratch)
        // He moves the directory away: now he is the owner, as far as this host can say.
        try ChildProcess.shell("cd \"$1\"; mkdir \"$2\"/away; mv identity catalog.sqlite* \"$2\"/away", home, scratch)
        func root(_ words: String...) throws -> Ended { try hospital.run("root", words + ["--json"]) }
        try root("backup", hospital.place.source).mustBe(0)
        for ended in [
            try root("ls", first), try root("restore", first, "--target", scratch + "/out"),
            try root("forget", "--snapshot", first), try root("hold", "add", first, "--reason", "x"),
            try root("keys", "remove", "passphrase"), try root("collect"),
            try root("keys", "add", "--new-passphrase-file", try hospital.file("new", "a good passphrase\n")),
        ] { #expect(ended.status == 12, ended.said) }
        #expect(try hospital.place.snapshots().count == 2)
        // What he did is in the log, and a log without it is not the one of which somebody has a checkpoint.
        let acts = try root("audit", "search").mustBe(0).lines().map { $0.text("act") + " " + $0.text("outcome") }
        #expect(acts.contains("forget refused") && acts.contains("keys-remove refused"))
        let kept = ["--against", scratch + "/checkpoint", "--policy", scratch + "/policy", "--json"]
        try hospital.run("root", ["audit", "verify"] + kept).mustBe(0)
        try ChildProcess.shell("rm -r \"$1\"/audit \"$1\"/audit-head", home)
        try root("runs").mustBe(0)
        try hospital.run("root", ["audit", "verify"] + kept).mustBe(11)
        // And what he put back lets nobody in who knows of more.
        try ChildProcess.shell("rm -f \"$1\"/catalog.sqlite*; mv \"$2\"/away/* \"$1\"", home, scratch)
        try hospital.run("otto", "snapshots").mustBe(0)
    }

    @Test("The keeper of a store sees nobody's name in it, and what he puts in place of a log's checkpoint is found")
    func keeper() throws {
        let hospital = try Hospital()
        for login in ["otto", "ben", "ada"] { try hospital.login(login).mustBe(0) }
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        try hospital.run("otto", "backup", hospital.place.source).mustBe(0)
        try hospital.run("ben", "audit", "publish").mustBe(0)
        for name in ["Otto Amsel", "otto", "anna", "backup-administrator", "/source"] {
            #expect(try ChildProcess.run(["grep", "-raqF", name, hospital.place.repository]).status == 1, "\(name)")
        }
        let verify = ["audit", "verify", "--repository", hospital.place.repository, "--json"]
        try hospital.run("ada", verify).mustBe(0)
        // audit/<log>/<size>/<sha256>, whatever digits a log's name begins with.
        let audit = hospital.place.repository + "/audit"
        let checkpoint = try #require(
            try FileStatus.files(below: audit).last { $0.wholeMatch(of: /[^\/]+\/[0-9]{10}\/[^\/]+/) != nil })
        try Damage.flip(audit + "/" + checkpoint, at: 200)
        #expect(try hospital.run("ada", verify).status == 11)
    }

    @Test("A security lead reads nothing, drops nothing, and makes no one of those who agree for himself") func lead()
        throws
    {
        let hospital = try Hospital()
        for login in ["otto", "anna", "ben"] { try hospital.login(login).mustBe(0) }
        try ChildProcess.shell("echo content > \"$1\"/file", hospital.place.source)
        let first = try hospital.run("otto", "backup", hospital.place.source, "--json").mustBe(0).summary().snapshot
        let key = ["SAFEHOLD_PASSPHRASE_FILE": hospital.place.passphraseFile]
        func anna(_ words: String...) throws -> Ended { try hospital.run("anna", words + ["--json"], settings: key) }
        for ended in [
            try anna("restore", first, "--target", hospital.place.scratch.path + "/out"),
            try anna("export", "--dry-run"),
            try anna("forget", "--snapshot", first), try anna("forget", "--snapshot", first, "--request"),
            try anna("collect"),
        ] { try ended.mustBeRefused("not-permitted") }
        try hospital.run("anna", ["cat", first, hospital.place.source + "/file"], settings: key).mustBe(12)
        for words in [
            ["users", "grant", "otto", "security-lead"], ["users", "grant", "otto", "backup-administrator"],
            ["users", "reset", "ben"],
        ] { try hospital.run("anna", words + ["--json"], settings: key).mustBeRefused("approval-needed") }
        // Quick, and by one: to put somebody out. It gives her nothing.
        try anna("users", "remove", "ben").mustBe(0)
        try hospital.run("ben", "backup", hospital.place.source, "--json").mustBeRefused("not-signed-in")
        try anna("users", "add", "ben", "--printed-name", "Anna's own", "--reference", "9").mustBe(2)
    }
}
