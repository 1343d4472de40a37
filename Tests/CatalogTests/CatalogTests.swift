import Glibc
import Primitives
import Testing

@testable import Catalog

@Suite("Catalog")
struct CatalogTests {
    let path = "/tmp/safehold-catalog-\(UInt64.random(in: 0 ... .max))"

    func withCatalog(_ body: (CatalogDatabase) throws -> Void) throws {
        defer { for end in ["", "-wal", "-shm"] { unlink(path + end) } }
        try body(try CatalogDatabase(path: path))
    }

    func time(_ seconds: Int64) -> Timestamp { Timestamp(nanoseconds: seconds * 1_000_000_000) }

    @Test("a run is found again as it was written, after the file was closed")
    func roundTrip() throws {
        try withCatalog { _ throws in
            var run = RunRecord(
                job: "backup/docs/full", subject: "docs", mode: "full", stamp: "20261125T000000Z", due: time(100),
                started: time(101), attempt: 2, strategy: "ab")
            run.id = try CatalogDatabase(path: path).add(run)
            run.ended = time(130)
            run.outcome = .failed
            run.figures.bytesStored = .max
            run.failure = Failure(.storageFull, "The disk is full.", advice: "Free space.")
            try CatalogDatabase(path: path).update(run)
            run.figures.bytesStored = UInt64(Int64.max)
            let found = try CatalogDatabase(path: path).runs()
            #expect(found == [run])
        }
    }

    @Test("a run that was cut off is named as such, once")
    func abandoned() throws {
        try withCatalog { catalog throws in
            try catalog.add(RunRecord(job: "j", subject: "s", mode: "full", started: time(1)))
            #expect(try catalog.endAbandonedRuns(at: time(9)).map(\.outcome) == [.interrupted])
            #expect(try catalog.endAbandonedRuns(at: time(10)).isEmpty)
            #expect(try catalog.runs().first?.ended == time(9))
        }
    }

    @Test("a snapshot that a repository tells of is in the book once")
    func once() throws {
        try withCatalog { catalog throws in
            var run = RunRecord(job: "j", subject: "s", mode: "full", started: time(1), outcome: .complete)
            run.figures.snapshot = "0a"
            #expect(try catalog.addIfUnknown(run))
            #expect(try catalog.addIfUnknown(run) == false)
            #expect(try catalog.runs().count == 1)
        }
    }

    @Test("of what was erased the book has figures, and no words, also in its file") func erased() throws {
        try withCatalog { catalog throws in
            func run(_ subject: String, _ snapshot: String?) throws -> Int64 {
                var run = RunRecord(job: "j", subject: subject, mode: "full", started: time(1), outcome: .partial)
                run.figures.snapshot = snapshot
                run.figures.files = 7
                run.failure = Failure(.sourceUnreadable, "/srv/secret-\(subject)", advice: "Look.")
                let number = try catalog.add(run)
                try catalog.add(RunLine(time: time(2), level: .problem, text: "/srv/secret-\(subject)"), to: number)
                return number
            }
            let (study, other) = (try run("study", "0a"), try run("other", "0b"))
            let entry = AnomalyEntry(
                snapshot: "0a", component: "study", time: time(1), reasons: "secret-study", lastClean: nil)
            try catalog.note(entry)
            try catalog.erase(snapshots: ["0a"], component: nil)
            #expect(try catalog.run(study)?.figures.files == 7 && catalog.run(study)?.failure?.message == "")
            #expect(try catalog.lines(of: study).isEmpty && catalog.lines(of: other).count == 1)
            #expect(try catalog.anomalies(open: false).isEmpty)
            let bytes = try ["", "-wal"].flatMap { try LocalFile.read(path + $0, limit: 1 << 24) ?? [] }
            let text = String(decoding: bytes, as: UTF8.self)
            #expect(!text.contains("secret-study") && text.contains("secret-other"))
            try catalog.erase(snapshots: [], component: "other")
            #expect(try catalog.lines(of: other).isEmpty && catalog.runs().count == 2)
        }
    }

    @Test("a thaw outlives the program that has frozen, word by word")
    func frozen() throws {
        try withCatalog { catalog throws in
            try catalog.noteFrozen("db", thaw: ["fsfreeze", "-u", "", "/srv/a b"], at: time(1))
            let left = try CatalogDatabase(path: path).frozen()
            #expect(left.map(\.component) == ["db"])
            #expect(left.map(\.thaw) == [["fsfreeze", "-u", "", "/srv/a b"]])
            try catalog.noteThawed("db")
            #expect(try catalog.frozen().isEmpty)
        }
    }

    @Test("a file that is no database, or has lost its pages, is said to be damaged")
    func damaged() throws {
        defer { for end in ["", "-wal", "-shm"] { unlink(path + end) } }
        try CatalogDatabase(path: path).add(RunRecord(job: "j", subject: "s", mode: "full", started: time(1)))
        let file = fopen(path, "r+")
        fputs("this is no database at all, but a text of some length", file)
        fclose(file)
        let failure = #expect(throws: Failure.self) { try CatalogDatabase(path: path) }
        #expect(failure?.code == .catalogDamaged)
    }

    @Test("what schedules remember is written in one piece")
    func memories() throws {
        try withCatalog { catalog throws in
            var one = JobMemory()
            (one.handled, one.failures, one.waiting) = (time(5), 3, time(6))
            try catalog.remember(["a": one, "b": JobMemory()])
            one.waiting = nil
            try catalog.remember(["a": one])
            #expect(try catalog.jobMemories() == ["a": one, "b": JobMemory()])
        }
    }

    @Test("a review is raised once, and done once")
    func reviews() throws {
        try withCatalog { catalog throws in
            let review = ReviewEntry(name: "strategy", reason: "changed", due: time(7))
            #expect(try catalog.raise(review))
            #expect(try catalog.raise(review) == false)
            let id = try #require(try catalog.reviews(open: true).first?.id)
            #expect(try catalog.finishReview(id, by: "anna", remark: "fine", at: time(8)))
            #expect(try catalog.finishReview(id, by: "anna", remark: "fine", at: time(9)) == false)
            #expect(try catalog.reviews(open: true).isEmpty)
            #expect(try catalog.reviews(open: false).first?.user == "anna")
        }
    }
}
