import Foundation
import Glibc
import Testing

/// Every command with --json, in success, in part and in failure: all lines that were printed, and by what.
struct EveryCommand {
    struct Printed {
        var words: [String]
        var lines: [Summary]
    }

    let place: Place
    private(set) var printed: [Printed] = []

    init() throws { place = try Place() }

    /// Everything, one after the other.
    mutating func runAll() throws {
        try making()
        try backingUp()
        try looking()
        try restoring()
        try makingRoom()
        try carryingAway()
        try erasing()
        try planning()
        try strategies()
        try keeping()
        try lookingForAnomalies()
        try followingStrategy()
        try archivingLog()
        try lettingIn()
        try failing()
        try dealingWithEmergencies()
        try auditing()
        try withdrawing()
        try damaged()
    }

    @discardableResult
    mutating func run(
        _ words: [String], _ environment: [String: String], _ status: Int32 = 0, empty: Bool? = false
    ) throws -> Ended {
        let ended = try ChildProcess.run([program] + words + ["--json"], environment: environment)
        return try took(ended, words, status, empty: empty)
    }

    @discardableResult
    mutating func took(_ ended: Ended, _ words: [String], _ status: Int32, empty: Bool? = false) throws -> Ended {
        try ended.mustBe(status)
        let lines = try ended.lines()
        if let empty { #expect(lines.isEmpty == empty, "\(words): \(ended.said)") }
        if let last = lines.last {
            // An error is the last line, and there is one exactly where the command failed.
            #expect(lines.dropLast().allSatisfy { $0.type != "error" && $0.type != "summary" }, "\(words)")
            if last.type == "error" { #expect(last["exit_status"] == Int(status), "\(words)") }
        }
        printed.append(Printed(words: words, lines: lines))
        return ended
    }

    private var owner: [String: String] {
        place.visiting.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }
    }

    private mutating func making() throws {
        let fresh = place.scratch.path + "/fresh"
        try run(
            ["init", "--repository", fresh, "--passphrase-file", place.passphraseFile],
            ["SAFEHOLD_HOME": place.scratch.path + "/fresh-home"])
        try run(
            ["init", "--join", "--host", "second"],
            owner.merging(["SAFEHOLD_HOME": place.scratch.path + "/second"]) { $1 })
        try run(["snapshots", "--repository", fresh], [:], empty: true)
        try run(["doctor", "--repository", fresh], place.visiting)
        try run(["version"], [:])
        for shell in ["bash", "zsh", "fish"] { try run(["completions", shell], [:]) }
    }

    private mutating func backingUp() throws {
        _ = try RandomTree(seed: 7, at: place.source, count: 60)
        let builder = try TreeBuilder(place.source)
        try builder.file("holes".bytes, [(2_000_000, "late".bytes)], size: 3_000_000)
        try builder.attribute("holes".bytes, "user.note", "x".bytes)
        try ChildProcess.shell("echo old > changes; ln -s \"$(printf 'to-\\377')\" link", directory: place.source)
        try run(["backup", "--tag", "word", "--exclude", "*.none", place.source], place.writing)
        try ChildProcess.shell(
            "chmod 600 holes; echo new > changes; echo > added; head -c 60000000 /dev/urandom > noise",
            directory: place.source)
        try run(["backup", place.source], try hurried(place.writing))
        if Faults.isAvailable {
            try ChildProcess.shell("echo go > going; echo restless > restless", directory: place.source)
            let faults = ["FAULT_VANISHES": "going", "FAULT_CHANGES": place.source + "/restless"]
            try run(
                ["backup", place.source], place.writing.merging(try Faults.environment(faults)) { $1 }, 3)
        }
    }

    /// Time flies, so that progress is due.
    private func hurried(_ environment: [String: String]) throws -> [String: String] {
        guard Faults.isAvailable else { return environment }
        return environment.merging(try Faults.environment(["FAULT_HURRY": "1000"])) { $1 }
    }

    private mutating func looking() throws {
        for words in [["snapshots"], ["ls", "latest"], ["find", "*"], ["stats"]] { try run(words, place.reading) }
        for words in [["snapshots"], ["stats"], ["keys"]] { try run(words, place.visiting) }
        let ids = printed.flatMap(\.lines).filter { $0.type == "summary" }.map(\.snapshot)
        try run(["diff", ids[0], ids[1]], place.reading)
        try run(["diff", ids[0], ids[0]], place.reading, empty: true)
        try run(["find", "no such name"], place.reading, empty: true)
    }

    private mutating func restoring() throws {
        let target = place.scratch.path + "/target"
        // Of a file that never was calm what was read comes back; nothing is left out.
        try run(["restore", "latest", "--target", target, "--dry-run"], place.reading)
        try run(["restore", "latest", "--target", target, "--verify"], place.reading)
        try run(["restore", "latest", "--target", target, "--overwrite", "never"], place.reading)
        try run(["restore", "latest", "--target", target + "-2"], try hurried(place.reading))
        let archive = place.scratch.path + "/archive.tar.gz"
        try run(["export", "--dry-run"], place.reading)
        try run(["export", "--output", archive], try hurried(place.reading), 0)
        try run(["export", "--output", archive], place.reading, 1)
        try run(["restore", "--all-components", "--to", target + "-3"], place.reading)
        try run(["verify"], try hurried(place.reading))
        try run(["verify", "--read-data"], place.reading)
        try run(["verify", "--status"], place.reading)
        try run(["verify", "--sample", "2"], place.reading)
        try run(["verify", "--without-key", "--read-data"], place.visiting)
        // It may have something to say of the machine that the tests run on.
        try run(["doctor"], place.writing, empty: nil)
    }

    private mutating func makingRoom() throws {
        try ChildProcess.shell("head -c 3000000 /dev/urandom > fleeting", directory: place.source)
        try run(["backup", place.source], place.writing)
        try ChildProcess.shell("rm fleeting", directory: place.source)
        try run(["backup", place.source], place.writing)
        try run(["collect"], place.reading)
        try run(["hold"], place.visiting, empty: true)
        try run(["hold", "add", "latest", "--reason", "an order of the court"], owner)
        try run(["hold", "list"], place.visiting)
        try run(["hold", "release", "latest", "--reason", "the case is closed"], owner)
        try run(["hold", "release", "latest", "--reason", "the case is closed"], owner)
        try run(["storage", "lock"], place.visiting)
        try run(["storage", "status"], place.visiting)
        try run(["storage", "probe"], place.visiting)
        try run(["storage", "lock", "--mode", "compliance"], owner, 1)
        try run(["forget", "--policy", "iqhis", "--dry-run"], place.reading)
        try run(["forget", "--keep-last", "1"], owner)
        try run(["collect", "--dry-run"], place.reading)
        try run(["collect"], place.reading)
        try run(["verify", "--read-data"], place.reading)
        try run(["verify", "--without-key"], place.visiting)
    }

    private mutating func erasing() throws {
        let folder = try place.scratch.folder("study")
        try ChildProcess.shell("head -c 200000 /dev/urandom > patients", directory: folder)
        try run(["backup", "--component", "study", folder], place.writing)
        let erase = ["erase", "--component", "study"]
        // This host knows of a medium.
        let reader = place.writing.merging(["SAFEHOLD_RECIPIENT_FILE": place.keyFile]) { $1 }
        let plan = try run(erase + ["--dry-run"], reader).summary().text("plan")
        try run(erase, owner, 2)
        try run(erase + ["--reason", "an order", "--confirm", plan], owner)
        try run(["erase", "--status", plan], place.reading, 3)
        try run(["collect", "--compact-below", "100"], place.reading)
        try run(["erase", "--status", plan], place.reading)
        try run(["erase", "--status", "00000000"], place.reading, 10)
    }

    /// A directory beside the repository serves as the medium.
    private mutating func carryingAway() throws {
        let medium = try place.scratch.folder("medium")
        try run(["media", "list"], place.writing, empty: true)
        try run(["media", "init", medium, "--label", "A", "--site", "vault", "--same-file-system"], place.writing)
        try run(["media", "init", medium, "--label", "B"], place.writing, 1)
        try run(["media", "check", place.source], place.writing, 10)
        try run(["media", "copy", medium], try hurried(place.writing))
        try run(["media", "check", medium], try hurried(place.writing))
        try ChildProcess.shell("rm $(find commits -type f | head -n 1)", directory: medium)
        try run(["media", "check", medium], place.writing, 11)
        try run(["media", "repair", medium], try hurried(place.writing))
        try ChildProcess.shell("rm -r packs meta", directory: medium)
        try run(["media", "repair", medium], place.writing, 11)
        try run(["media", "repair", medium, "--repository", place.repository], place.writing)
        let box = ["--custodian", "A. Weber", "--location", "box 12", "--due", "2027-01-31"]
        try run(["media", "out", medium] + box, place.writing)
        try run(["media", "list"], place.writing)
        try run(["media", "in", "A"], place.writing)
        try run(["media", "out", "B"] + box, place.writing, 10)
    }

    private mutating func planning() throws {
        let line = "location = /x; site = main; medium = disk; offline = no"
        let file = try place.scratch.write(
            "name = a; \(line); verified = 2026-11-01; errors = 1; updated = 2026-11-01\nname = b; \(line)\n", "copies")
        try run(["storage", "copies", "--copies", file], place.writing, 3)
        let bad = try place.scratch.write("name = a; password = x\n", "bad-copies")
        try run(["storage", "copies", "--copies", bad], place.writing, 2)
        let prices = packageRoot.appending(path: "examples/prices/aws-s3-standard.txt").path
        try run(["storage", "cost", "--prices", prices, "--daily-change", "1%", "--months", "2"], place.writing)
        try run(["storage", "cost", "--prices", file, "--daily-change", "1%"], place.writing, 2)
    }

    private mutating func strategies() throws {
        let folder = try place.scratch.folder("strategy")
        let (file, other) = (folder + "/safehold.yaml", folder + "/other.yaml")
        let environment = ["SAFEHOLD_HOME": folder + "/home", "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]
        try run(["init", "--preset", "iqhis", "--strategy", file], environment)
        try run(["strategy", "check", file], environment)
        for words in [["show"], ["explain"]] { try run(["strategy"] + words + ["--strategy", file], environment) }
        try ChildProcess.shell(
            "sed -e 's/daily: 7/daily: 14/' -e '/^  success-report/d' -e 's/#.*metrics:/metrics:/' \"$1\" > \"$2\"",
            file, other)
        try run(["strategy", "diff", file, other], environment)
        try run(["strategy", "diff", file, file], environment, empty: true)
        try run(["strategy", "history"], environment, empty: true)
        try run(["strategy", "schema"], [:])
        try ChildProcess.shell("echo 'banana: 1' >> \"$1\"", other)
        try run(["strategy", "check", other], environment, 2)
        try run(["strategy", "explain", "nothing", "--strategy", file], environment, 10)
    }

    private mutating func keeping() throws {
        let file = place.scratch.path + "/auditor"
        try run(["keys", "generate", "--output", file], [:])
        try run(["keys", "add", "--recipient", file + ".pub", "--label", "auditor"], owner)
        let words = try place.scratch.write("another good passphrase\n", "words")
        try run(["keys", "add", "--new-passphrase-file", words, "--label", "deputy", "--administrator"], owner)
        try run(["keys", "escrow", "--output", place.scratch.path + "/shares"], owner)
        try run(["keys", "remove", "auditor"], owner)
        try run(["keys", "new-epoch"], owner)
        try run(["keys", "list"], place.visiting)
        try run(["keys", "recovery-kit"], place.visiting)
    }

    private mutating func holdingDrills(_ host: [String: String]) throws {
        try run(["drill", "list"], host, empty: true)
        try run(["drill", "restore-test", "all", "--sample", "2"], host)
        try run(["drill", "restore-test", "none"], host, 2)
        try run(["drill", "list"], host)
        try run(["drill", "show", "2"], host)
        try run(["drill", "show", "nothing"], host, 10)
        try run(["drill", "verify"], host)
        try run(["drill", "disaster-recovery", "all", "--scenario", "ransomware"], host)
        try run(["drill", "full-system", "all"], host)
    }

    private mutating func dealingWithEmergencies() throws {
        let folder = try place.scratch.folder("ward")
        let host = [
            "SAFEHOLD_REPOSITORY": place.scratch.path + "/fresh", "SAFEHOLD_HOME": place.scratch.path + "/fresh-home",
            "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
        ]
        for text in ["{}", "{"] {
            try ChildProcess.shell("echo \"$1\" > ward.json", text, directory: folder)
            try run(["backup", "--component", "ward", folder], host)
        }
        try run(["emergency", "scope", "ward"], host, 11)
        try run(["emergency", "status"], host, empty: true)
        try run(["emergency", "start", "breach", "--cause", "a test"], host)
        try run(["emergency", "next"], host)
        try run(["emergency", "skip", "--reason", "a test"], host)
        try run(["emergency", "next", "--note", "nothing to do"], host)
        try run(["emergency", "hand-over", "nobody"], host)
        try run(["emergency", "next"], host, 2)
        try run(["emergency", "take-over", "--reason", "a test"], host)
        try run(["emergency", "report"], host)
        try run(["emergency", "abort", "--reason", "a test"], host)
        try run(["emergency", "status"], host)
        try run(["emergency", "next"], host, 10)
    }

    private mutating func withdrawing() throws {
        let owner = [
            "SAFEHOLD_REPOSITORY": place.scratch.path + "/stolen", "SAFEHOLD_HOME": place.scratch.path + "/stolen-home",
            "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
        ]
        try run(["init"], owner)
        try run(["keys", "withdraw", "--this-host", "--reason", "stolen"], owner)
        try run(["keys"], owner)
    }

    private mutating func lookingForAnomalies() throws {
        let place = self.place
        let folder = try place.scratch.folder("spoiled")
        let host = [
            "SAFEHOLD_REPOSITORY": place.scratch.path + "/fresh", "SAFEHOLD_HOME": place.scratch.path + "/fresh-home",
        ]
        let person = host.merging(["SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile]) { $1 }
        let words = ["backup", "--component", "spoiled", folder]
        try ChildProcess.shell("for i in $(seq 120); do seq $i $((i + 300)) > $i; done", directory: folder)
        try run(words, host)
        try run(["anomalies"], host, empty: true)
        try ChildProcess.shell("for i in $(seq 120); do head -c 900 /dev/urandom > $i; done", directory: folder)
        try run(words, host)
        try run(["anomalies"], host, 3)
        try run(["anomalies", "list", "spoiled"], person, 3)
        try run(["anomalies", "timeline", "spoiled"], person)
        try run(["forget", "--keep-last", "1", "--dry-run"], person)
        try run(["anomalies", "clear", "spoiled", "--reason", "a test"], host)
        try run(["anomalies", "clear", "spoiled", "--reason", "a test"], person, 2)
        try run(["anomalies"], person)
    }

    private mutating func followingStrategy() throws {
        func strategy(_ more: String) throws -> String {
            try place.scratch.write(
                """
                strategy: 1
                project: sample
                root: \(place.source)
                defaults: { retention: iqhis, schedule: { full: every 1d }, objectives: { rpo: 2d } }
                stores:
                  primary: { role: primary, site: here, location: \(place.scratch.path)/fresh }
                components:
                  all: { kind: source, sources: [.], schedule: { full: every 1d, change: on-change } }
                \(more)
                contacts: { somebody: { roles: [operator], command: [/bin/false] } }
                upkeep: { verify: every 1d }

                """, "safehold.yaml")
        }
        let host = [
            "SAFEHOLD_STRATEGY": try strategy(""), "SAFEHOLD_HOME": place.scratch.path + "/fresh-home",
            "SAFEHOLD_PASSPHRASE_FILE": place.passphraseFile,
        ]
        try run(["run"], host)
        let gone = "  gone: { kind: documentation, sources: [gone] }"
        _ = try strategy(gone)
        try run(["run", "--full"], host, 10)
        try run(["run", "all"], host)
        try holdingDrills(host)
        let printing =
            "  printed: { kind: database, streams: [{ file: a, command: [seq, '9'], check: [cat] }, { file: b, command: [seq, '9'], check: [grep, x] }] }"
        _ = try strategy(gone + "\n" + printing)
        try run(["run", "printed"], host)
        try run(["database", "check", "printed"], host, 13)
        try run(["strategy", "history"], host)
        try run(["status"], host, 3)
        try run(["runs"], host)
        let number = try #require(printed.last?.lines.last)["id"]
        try run(["runs", String(number)], host)
        try run(["runs", "1000000"], host, 10)
        try run(["review"], host)
        let review = try #require(printed.last?.lines.last)["id"]
        try run(["review", "done", String(review), "--remark", "seen"], host)
        try run(["review", "done", String(review), "--remark", "seen"], host, 10)
        try run(["notify", "test"], host, 13)
        try run(["notify", "acknowledge", "1000000"], host, 10)
        try run(["report", "success", "--from", "2020-01-01", "--to", "2099-12-31"], host)
        try run(["report", "success", "--month", "2026-13"], host, 2)
        try run(["retention", "explain"], host)
        let prices = packageRoot.appending(path: "examples/prices/aws-s3-standard.txt").path
        try run(["retention", "simulate", "--years", "1", "--prices", prices], host)
        try run(["catalog", "check"], host)
        try run(["catalog", "rebuild"], host)
        try run(["run", "nothing"], host, 2)
        _ = try strategy("")
        try asking(host)
    }

    private mutating func failing() throws {
        try run(["backup", place.source + "/missing"], place.writing, 10)
        try run(["backup", place.source], place.visiting, 10)
        try run(["backup", "--nonsense"], place.writing, 2)
        try run(["restore", "latest", "--target", place.source + "/in"], place.reading, 2)
        try run(["restore", "latest", "--target", place.keyFile], place.reading, 1)
        for words in [["ls", "latest"], ["find", "*"], ["diff", "latest", "latest"], ["repair", "index"]] {
            try run(words, place.visiting, 12)
        }
        try run(["ls", "0123456789"], place.reading, 10)
        try run(["forget", "--keep-last", "0"], owner, 2)
        try run(["forget", "--snapshot", "latest"], owner, 2)
        for words in [["forget", "--keep-last", "1"], ["collect"]] { try run(words, place.visiting, 12) }
        try run(["cat", "latest", "/file"], place.reading, 2)
        try run(["snapshots", "--tag", "x"], place.visiting, 12)
        for words in [["stats"], ["verify", "--without-key"], ["keys"], ["keys", "recovery-kit"], ["doctor"]] {
            try run(words, ["SAFEHOLD_REPOSITORY": place.source], 10)
        }
        try run(["keys", "remove", "nobody"], owner, 10)
        try run(["keys", "add", "--recipient", place.keyFile], owner, 12)
        try run(["completions", "tcsh"], [:], 2)
        try run(["init", "--repository", place.source, "--passphrase-file", place.passphraseFile], [:], 1)
        try interrupted()
    }

    private mutating func interrupted() throws {
        try ChildProcess.shell("head -c 60000000 /dev/urandom > more", directory: place.source)
        let words = ["backup", place.source]
        let process = try ChildProcess(
            ([program] + words + ["--json"]).map(\.bytes), environment: place.writing)
        // The session's journal is there once the run is at work.
        while try FileStatus.files(below: place.home).allSatisfy({ !$0.contains("/journals/") }) {
            try #require(!process.ends(within: 1), "it was over before it could be interrupted")
        }
        process.signal(SIGINT)
        _ = try took(process.wait(), words, 130)
    }

    /// Bytes of data packs turned over, the index and a snapshot's record lost.
    private mutating func damaged() throws {
        let place = self.place
        let kept = place.scratch.path + "/kept"
        try ChildProcess.shell("cp -a \"$1\" \"$2\"", place.repository, kept)
        func damage(_ script: String) throws {
            try ChildProcess.shell(
                "rm -rf \"$1\"; cp -a \"$2\" \"$1\"; chmod -R u+w \"$1\"; cd \"$1\"; \(script)", place.repository, kept)
        }
        try damage(
            "for p in $(find packs -type f); do printf 'damage' | dd of=$p bs=1 seek=$(($(stat -c %s $p) / 2)) conv=notrunc status=none; done"
        )
        try run(["verify", "--read-data"], place.reading, 11)
        try run(["verify", "--without-key", "--read-data"], place.visiting, 11)
        try run(["restore", "latest", "--target", place.scratch.path + "/partly"], place.reading, 3)
        try damage("rm -r index/*")
        try run(["verify", "--read-data"], place.reading, 11)
        try run(["repair", "index"], place.reading)
        // The others were dropped, and nobody misses them.
        try damage("rm snapshots/*/*5")
        for words in [["snapshots"], ["verify"]] { try run(words, place.reading, 11) }
        for words in [["ls", "latest"], ["find", "added"], ["stats"]] {
            let ended = try ChildProcess.run([program] + words + ["--json"], environment: place.reading)
            printed.append(Printed(words: words, lines: try ended.lines()))
        }
        try run(["doctor"], place.writing, 11)
        try copying(damage)
        try damage("rm $(find packs -type f -size +1M | head -n 1)")
        try run(["backup", "--full", place.source], place.writing)
    }

    /// `damage` puts a whole repository back before it does its work.
    private mutating func copying(_ damage: (String) throws -> Void) throws {
        let copy = place.scratch.path + "/copy"
        try damage("true")
        try run(["replicate", "--to", copy], place.writing, 10)
        try run(["replicate", "--to", copy, "--create"], try hurried(place.writing))
        try run(["replicate", "--to", copy, "--status"], place.writing)
        try damage("printf 'damage' | dd of=$(find packs -type f | head -n 1) bs=1 seek=2000 conv=notrunc status=none")
        try run(["replicate", "--to", place.scratch.path + "/other", "--create"], place.writing, 11)
        try run(["repair", "objects", "--from", copy, "--read-data"], place.writing)
    }
}
