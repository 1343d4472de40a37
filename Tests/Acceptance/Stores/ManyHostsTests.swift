import Foundation
import Primitives
import TestSupport
import Testing

/// Many hosts, a collector and a replicator at one bucket of a real server, all at once.
@Suite("Many hosts at one bucket", .enabled(if: S3Server.isPossible && Soak.isOn, Comment(rawValue: S3Server.reason)))
struct ManyHostsTests {
    private struct Tally: Sendable {
        /// The hash of what was backed up, by the snapshot's id.
        var contents: [String: String] = [:]
        var collections = 0, freed = 0, rewritten = 0, replications = 0, overtaken = 0
        var odd: [String] = []
    }

    private let server: S3Server
    private let scratch: Scratch
    private let bucket: String
    private let hosts = Soak.count(4, full: 8)
    private let seconds = Double(Soak.count(40, full: 600))
    private let tally = Monitor(Tally())
    private let passphrase: String

    init() throws {
        server = try S3Server.shared.get()
        scratch = try Scratch()
        bucket = try server.bucket(.versioned)
        passphrase = try scratch.write(Place.passphrase, "passphrase")
    }

    private var copy: String { scratch.path + "/copy" }

    private func run(_ words: [String], as host: String = "owner", on repository: String? = nil) throws -> Ended {
        let address = "s3://\(bucket)/all?endpoint=\(server.endpoint)&region=\(server.region)"
        let environment = server.environment.merging([
            "SAFEHOLD_REPOSITORY": repository ?? address, "SAFEHOLD_HOME": "\(scratch.path)/home-\(host)",
            "SAFEHOLD_PASSPHRASE_FILE": passphrase, "TMPDIR": scratch.path,
        ]) { $1 }
        return try ChildProcess.run([program] + words, environment: environment)
    }

    /// Does `body` again and again until the time is over. What does not end well is noted, and is no reason to stop.
    private func repeating(until end: Date, _ threads: WorkerThreads, _ body: @escaping @Sendable (Int) throws -> Void)
    {
        threads.start { [tally] in
            var round = 0
            while Date() < end {
                do { try body(round) } catch { tally.withLock { $0.odd.append("\(error)") } }
                round += 1
            }
        }
    }

    private func expect(_ ended: Ended, _ what: String) -> Bool {
        if ended.status == 0 { return true }
        tally.withLock { $0.odd.append("\(what): \(ended.said)") }
        return false
    }

    @Test("Backing up, collecting and replicating at once, everything restores from the bucket and from the copy")
    func together() throws {
        try run(["init"]).mustBe(0)
        for host in 0..<hosts {
            try run(["init", "--join", "--host", "host-\(host)"], as: "\(host)").mustBe(0)
            try ChildProcess.shell(
                "mkdir \"$1\"; for i in $(seq 30); do head -c 40000 /dev/urandom > \"$1\"/f$i; done",
                source(host))
        }
        let end = Date() + seconds
        let threads = WorkerThreads()
        for host in 0..<hosts { repeating(until: end, threads) { try backUp(host, $0) } }
        repeating(until: end, threads) { try collect($0) }
        repeating(until: end, threads) { _ in try replicate() }
        threads.joinAll()
        let during = tally.withLock { $0 }
        #expect(during.contents.count >= 2 * hosts && during.collections > 0 && during.replications > 0, "\(during)")
        try replicate()
        try collect(0)
        try replicate()
        let tally = tally.withLock { $0 }
        #expect(tally.odd.isEmpty, "\(tally.odd.count): \(tally.odd.prefix(3))")
        #expect(tally.freed > 0)
        let kept = try expectAll(nil, tally), copied = try expectAll(copy, tally, and: kept)
        #expect(kept.count == 2 * hosts && kept.isSubset(of: copied))
        print(
            "\(hosts) hosts, \(Int(seconds)) s: \(tally.contents.count) snapshots, \(kept.count) of them kept,",
            "\(copied.count) in the copy; \(tally.collections) collections removed \(tally.freed) bytes and rewrote",
            "\(tally.rewritten) packs; \(tally.replications) replications; \(tally.overtaken) backups were overtaken")
    }

    private func source(_ host: Int) -> String { "\(scratch.path)/source-\(host)" }

    /// Some of it is the same on all hosts, some comes back after it was gone, and some is new each time.
    private func backUp(_ host: Int, _ round: Int) throws {
        let source = source(host)
        try ChildProcess.shell(
            """
            cd "$1"; head -c 40000 /dev/urandom > f$(($2 % 30 + 1)); head -c 200000 /dev/urandom > "new-$2"; rm -f "new-$(($2 - 2))"
            head -c 300000 < <(yes "$(($2 % 3))") > common; rm -f f$((($2 + 7) % 30 + 1))
            """, source, String(round))
        let contents = try Comparison.contents(source)
        let ended = try run(["backup", "--json", "--component", "host-\(host)", source], as: "\(host)")
        guard expect(ended, "backup") else { return }
        let isOvertaken = try ended.lines().contains {
            $0.type == "warning" && $0.text("message").contains("begins again")
        }
        let id = try ended.summary().snapshot
        tally.withLock {
            $0.contents[id] = contents
            if isOvertaken { $0.overtaken += 1 }
        }
    }

    /// Most of what there is goes, which has to be confirmed; backups that end meanwhile make it another plan.
    private func forget() throws -> Bool {
        let words = ["forget", "--json", "--keep-last", "2"]
        for _ in 0..<3 {
            let planned = try run(words + ["--dry-run"])
            guard expect(planned, "forget --dry-run") else { return false }
            let ended = try run(words + ["--confirm", try planned.summary().text("plan")])
            if ended.status == 2, try ended.error().text("code") == "plan-unconfirmed" { continue }
            return expect(ended, "forget")
        }
        return false
    }

    /// Every other time without any regard for backups.
    private func collect(_ round: Int) throws {
        _ = try forget()
        let manner = round % 2 == 0 ? ["--ignore-running"] : ["--wait", "5"]
        let ended = try run(["collect", "--json"] + manner)
        // Backups that do not stop coming are something to wait for.
        if round % 2 == 1, ended.status != 0, try ended.error().text("code") == "state-busy" { return }
        guard expect(ended, "collect") else { return }
        let summary = try ended.summary()
        tally.withLock {
            $0.collections += 1
            $0.freed += summary["bytes_removed"]
            $0.rewritten += summary["packs_rewritten"]
        }
    }

    private func replicate() throws {
        guard expect(try run(["replicate", "--json", "--create", "--prune", "--to", copy]), "replicate") else { return }
        tally.withLock { $0.replications += 1 }
    }

    /// Verifies everything, restores each snapshot of `wanted`, or all, and compares it with what was backed up; of what else is there,
    /// a few.
    private func expectAll(_ repository: String?, _ tally: Tally, and wanted: Set<String>? = nil) throws -> Set<String>
    {
        try run(["verify", "--read-data", "--json"], on: repository).mustBe(0)
        let lines = try run(["snapshots", "--json"], on: repository).mustBe(0).lines().filter { $0.type == "snapshot" }
        let ids = lines.map { $0.text("id") }
        let few = max(1, ids.count / 10)
        for (number, id) in ids.enumerated() where wanted?.contains(id) ?? true || number % few == 0 {
            let target = scratch.path + "/back"
            try run(["restore", id, "--target", target, "--strip", "--json"], on: repository).mustBe(0)
            #expect(try Comparison.contents(target) == tally.contents[id], "snapshot \(id)")
            try ChildProcess.shell("rm -rf \"$1\"", target)
        }
        return Set(ids)
    }
}
