import Primitives
import Storage
import TestSupport
import Testing

@testable import Operations

@Suite struct AccessMatchTests {
    private func access(
        _ request: String, at second: Int64, key: String = "host/a", bucket: String = "b", by principal: String = "us",
        from address: String = "192.0.2.1"
    ) -> StoreAccess {
        var access = StoreAccess(
            time: Timestamp(nanoseconds: second * 1_000_000_000), bucket: bucket, key: key, operation: "GET",
            status: 200,
            request: request)
        (access.principal, access.address) = (principal, address)
        return access
    }

    private func match(_ log: [StoreAccess], _ records: [StoreAccess], principals: Set<String> = []) -> AccessMatch {
        var match = AccessMatch(principals: principals)
        match.run(log, records: records, bucket: "b", prefix: "host/")
        return match
    }

    @Test("What hosts remember is theirs, whichever host it was") func ours() {
        let found = match(
            [access("1", at: 10), access("2", at: 20, from: "192.0.2.2")], [access("2", at: 20), access("1", at: 10)])
        #expect(found.ours == 2 && found.foreign == [])
    }

    @Test("What is strange about a request is said") func reasons() {
        let record = [access("1", at: 1000)]
        func reasons(_ strange: StoreAccess) -> [AccessMatch.Reason]? {
            match([access("1", at: 1000), strange], record).foreign.first?.reasons
        }
        #expect(reasons(access("x", at: 1001)) == [.unrecorded])
        #expect(reasons(access("x", at: 1001, by: "them")) == [.unrecorded, .principal])
        #expect(reasons(access("x", at: 1001, from: "198.51.100.7")) == [.unrecorded, .address])
        #expect(reasons(access("x", at: 1301)) == [.unrecorded, .time])
        #expect(reasons(access("x", at: 699)) == [.unrecorded, .time])
        #expect(reasons(access("x", at: 1300)) == [.unrecorded])
        #expect(reasons(access("", at: 1001)) == [.unrecorded], "a request without a number is nobody's")
    }

    @Test("Other prefixes and buckets are no business of ours; the bucket itself is") func reach() {
        let log = [
            access("x", at: 1, key: "other/a"), access("y", at: 1, bucket: "c"), access("z", at: 1, key: ""),
            access("w", at: 1, key: "hostile/a"),
        ]
        #expect(match(log, []).foreign.map(\.access.request) == ["z"])
    }

    @Test("Who is said to be known is not called unknown") func known() {
        let found = match([access("x", at: 1, by: "administrator")], [], principals: ["administrator"])
        #expect(found.foreign.first?.reasons == [.unrecorded, .address, .time])
    }

    @Test("A record comes back as it was remembered, a line that was cut off does not") func journal() throws {
        let folder = try TemporaryFolder()
        let journal = AccessJournal(HostState(root: folder.path))
        let all = (0..<3000).map {
            access("tx\($0)", at: Int64($0), key: $0 == 0 ? "" : "host/\($0)", by: "", from: "")
        }
        for item in all { journal.add(item) }
        let text = try journal.text()
        #expect(AccessJournal.read(text) == all)
        #expect(AccessJournal.read(Array(text.dropLast(9))) == Array(all.dropLast()))
    }

    @Test("A record does not grow without end") func bounded() throws {
        let folder = try TemporaryFolder()
        let journal = AccessJournal(HostState(root: folder.path))
        let long = String(repeating: "k", count: 900)
        for index in 0..<60_000 { journal.add(access("tx\(index)", at: Int64(index), key: long)) }
        let text = try journal.text()
        #expect(text.count < 2 * 17 << 20)
        #expect(AccessJournal.read(text).last?.request == "tx59999", "the newest was given up")
    }
}
