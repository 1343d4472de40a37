import Foundation
import Testing

/// What somebody with access to a host's disk can do to its audit log, and what a verifier sees of it.
@Suite("Tampering with the audit log")
struct AuditDetectionTests {
    let desk: AuditDesk

    init() throws {
        desk = try AuditDesk()
        for words in [["stats"], ["keys", "list"], ["hold", "list"]] {
            try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0)
        }
    }

    /// Nothing is done on the host either.
    private func expect(_ code: String, location: SourceLocation = #_sourceLocation) throws {
        #expect(try desk.finding() == code, sourceLocation: location)
        let ended = try desk.run("keys", "list", "--json")
        #expect(ended.status == 11, ended.said, sourceLocation: location)
        #expect(try ended.error().text("code") == code, sourceLocation: location)
    }

    @Test("The last entries are cut off, with the checkpoint that fitted then") func truncated() throws {
        try desk.shell("cp -a $log $scratch/old")
        try desk.run("keys", "recovery-kit").mustBe(0)
        #expect(try desk.finding() == nil)
        try desk.shell("rm -r $log; mv $scratch/old $log")
        try expect("audit-rolled-back")
    }

    @Test("An entry is altered: another word of the same length", arguments: ["keys-list/keys-lost", "view/edit"])
    func altered(_ change: String) throws {
        try desk.shell("f=$(ls -d $log/tile/entries/000.p/* | sort -V | tail -n 1); sed -i \"s/$1/\" $f", change)
        try expect("audit-altered")
    }

    @Test("Two entries change places") func reordered() throws {
        try desk.shell(
            """
            f=$(ls -d $log/tile/entries/000.p/* | sort -V | tail -n 1); python3 -c '
            import sys
            b = open(sys.argv[1], "rb").read(); e = []
            while b: n = int.from_bytes(b[:2], "big"); e.append(b[:2 + n]); b = b[2 + n:]
            e[2], e[4] = e[4], e[2]; open(sys.argv[1], "wb").write(b"".join(e))' $f
            """)
        try expect("audit-altered")
    }

    @Test("A tile of hashes is altered, or the checkpoint", arguments: ["tile/0/000.p", "checkpoint"])
    func hashes(_ what: String) throws {
        try desk.shell(
            "f=$(find $log/$1 -type f | sort -V | tail -n 1); printf '!!' | dd of=$f bs=1 seek=80 conv=notrunc status=none",
            what)
        try expect("audit-altered")
    }

    @Test("The log is replaced by another host's") func replaced() throws {
        let other = try AuditDesk()
        try ChildProcess.run(
            [program, "keys", "list"],
            environment: other.environment.merging(["SAFEHOLD_HOME": other.place.scratch.path + "/other"]) { $1 }
        ).mustBe(0)
        try desk.shell("rm -r $home/audit; cp -a $1/audit $home/audit", other.place.scratch.path + "/other")
        try expect("audit-replaced")
    }

    @Test("Everything is put back, or goes on from an older state, or is begun anew: who kept a checkpoint sees it")
    func everything() throws {
        try desk.shell("cp -a $home $scratch/old")
        try desk.run("keys", "recovery-kit").mustBe(0)
        try desk.shell("cp $log/checkpoint $home/audit/policy $scratch")
        let kept = [
            "--against", desk.place.scratch.path + "/checkpoint", "--policy", desk.place.scratch.path + "/policy",
        ]
        func finding() throws -> String? {
            let ended = try ChildProcess.run(
                [program, "audit", "verify", "--json"] + kept, environment: desk.environment)
            if ended.status == 0 { return nil }
            return try ended.lines().first { $0.type == "finding" || $0.type == "error" }?.text("code")
        }
        #expect(try finding() == nil)
        try desk.shell("rm -r $home; cp -a $scratch/old $home")
        #expect(try desk.finding() == nil && finding() == "audit-rolled-back")
        for _ in 0..<2 { try desk.run("stats").mustBe(0) }
        #expect(try desk.finding() == nil && finding() == "audit-forked")
        try desk.shell("rm -r $home/audit $home/audit-head")
        try desk.run("stats").mustBe(0)
        #expect(try desk.finding() == nil && finding() == "audit-replaced")
    }

    @Test("A repository keeps checkpoints, and so do its copies: they show what the host does not remember")
    func repository() throws {
        let (repository, copy) = (desk.place.repository, desk.place.scratch.path + "/copy")
        try desk.run("audit", "publish").mustBe(0)
        try desk.shell("cp -a $home $scratch/old")
        try desk.run("keys", "recovery-kit").mustBe(0)
        try desk.run("audit", "publish").mustBe(0)
        try desk.run("replicate", "--to", copy, "--create").mustBe(0)
        try desk.run("replicate", "--to", copy).mustBe(0)
        for place in [repository, copy] {
            let checkpoints = try FileStatus.files(below: place + "/audit").filter { name in
                let parts = name.split(separator: "/")
                return parts.count == 3 && parts[1].count == 10
            }
            #expect(checkpoints.count == 2)
            #expect(try desk.finding("--repository", place) == nil)
        }
        for words in [["verify", "--read-data"], ["verify", "--without-key", "--read-data"], ["collect"], ["doctor"]] {
            try ChildProcess.run([program] + words, environment: desk.environment).mustBe(0)
        }
        try desk.shell("rm -r $1/audit", copy)
        try desk.run("replicate", "--to", copy).mustBe(0)
        try desk.shell("rm -r $home; cp -a $scratch/old $home")
        for place in [repository, copy] { #expect(try desk.finding("--repository", place) == "audit-rolled-back") }
        let refused = try desk.run("audit", "publish", "--json")
        #expect(try refused.mustBe(11).error().text("code") == "audit-rolled-back")
        for _ in 0..<3 { try desk.run("stats").mustBe(0) }
        #expect(try desk.finding("--repository", repository) == "audit-forked")
    }

    @Test("A log that was put aside stays, and the new one says why") func restart() throws {
        try desk.run("audit", "restart", "--reason", "a trial").mustBe(2)
        try desk.shell("cp -a $log $scratch/old")
        try desk.run("keys", "list").mustBe(0)
        try desk.shell("rm -r $log; mv $scratch/old $log")
        try expect("audit-rolled-back")
        try desk.run("audit", "restart", "--reason", "The disk was restored from its image").mustBe(0)
        try desk.run("keys", "list").mustBe(0)
        let acts = try desk.acts()
        #expect(acts.map { $0.text("act") } == ["audit-restart", "keys-list"])
        #expect(acts[0].text("reason") == "The disk was restored from its image")
        #expect(try desk.finding() == nil)
        try desk.shell("test -e $home/audit-put-aside-*/log/checkpoint")
    }

    @Test(
        "An export is verified by a program that is not ours, which refuses one that was altered",
        .enabled(
            if: OutsideVerifier.isPossible,
            "Go or golang.org/x/mod is not installed here: scripts/install-dependencies.sh --for-tests"))
    func outside() throws {
        let folder = desk.place.scratch.path + "/export"
        try desk.run("audit", "export", "--to", folder).mustBe(0)
        let text = try String(contentsOfFile: folder + "/acts.txt", encoding: .utf8)
        #expect(text.contains("keys-list, ok") && text.contains("repository " + desk.place.repository))
        let entries = try String(contentsOfFile: folder + "/entries.jsonl", encoding: .utf8).split(separator: "\n")
        let vkey = try String(contentsOfFile: folder + "/log.vkey", encoding: .utf8).split(separator: "\n")[0]
        let proof = try desk.run("audit", "prove", "2").mustBe(0)
        try Data(proof.output).write(to: URL(filePath: folder + "/proof"))
        try Data(entries[2].utf8).write(to: URL(filePath: folder + "/entry"))
        let outsider = try OutsideVerifier.program.get()
        func verdict(_ words: String...) throws -> Ended {
            try ChildProcess.run([outsider] + words + [String(vkey), folder + "/log"])
        }
        let good = try verdict()
        #expect(good.status == 0 && good.text.hasPrefix("ok \(entries.count) "), good.said)
        #expect(
            try ChildProcess.run([program, "audit", "verify", "--log", folder + "/log", "--policy", folder + "/policy"])
                .status == 0)
        let tile = try #require(try FileStatus.files(below: folder + "/log/tile/entries/000.p").last)
        try Damage.flip(folder + "/log/tile/entries/000.p/" + tile, at: 40)
        #expect(try verdict().status != 0)
        #expect(
            try ChildProcess.run([program, "audit", "verify", "--log", folder + "/log", "--policy", folder + "/policy"])
                .status == 11)
        // A receipt is for these bytes, in the log of the host, which nobody altered.
        let receipt = try ChildProcess.run(
            [outsider, "-proof", folder + "/proof", "-entry", folder + "/entry", String(vkey), desk.log])
        #expect(receipt.status == 0, receipt.said)
    }
}

/// Tests/OutsideVerifiers/tlog-check, over Go's own implementation of notes and logs; built once.
enum OutsideVerifier {
    private static let packages = "/usr/share/gocode"

    static let isPossible =
        FileManager.default.isExecutableFile(atPath: "/usr/bin/go")
        && FileManager.default.fileExists(atPath: packages + "/src/golang.org/x/mod/sumdb/tlog/tlog.go")

    static let program: Result<String, any Error> = Result {
        let path = Scratch.root + "/tlog-check"
        try ChildProcess.run(
            ["/usr/bin/go", "build", "-o", path, "."],
            environment: [
                "GO111MODULE": "off", "GOPATH": packages, "GOCACHE": Scratch.root + "/go-cache", "GOFLAGS": "",
                "CGO_ENABLED": "0",
            ], directory: packageRoot.appending(path: "Tests/OutsideVerifiers/tlog-check").path
        ).mustBe(0)
        return path
    }
}
