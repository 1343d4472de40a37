import Primitives
import Storage
import Testing

@testable import StorageS3

/// Lines as servers write them.
@Suite struct AccessLogTests {
    private func read(_ text: String) -> StoreLog { AccessLog.read(Array(text.utf8)) }

    /// From the description of the format by Amazon, with names of its documentation.
    private static let amazon =
        "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be amzn-s3-demo-bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::111122223333:user/host 3E57427F3EXAMPLE REST.GET.OBJECT host/packs/00/a \"GET /amzn-s3-demo-bucket1/host/packs/00/a?x-id=\"GetObject\" HTTP/1.1\" 206 - 113 - 7 - \"-\" \"safehold \"x\" y\" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader amzn-s3-demo-bucket1.s3.us-west-1.amazonaws.com TLSV1.2 - -"

    @Test("A line of Amazon's log is understood, quotes inside of quotes too") func amazon() throws {
        let log = read(Self.amazon + "\n")
        let access = try #require(log.accesses.first)
        #expect(log.accesses.count == 1 && log.unreadable == 0)
        #expect(access.time.description == "2019-02-06T00:00:38Z")
        #expect(access.bucket == "amzn-s3-demo-bucket1" && access.key == "host/packs/00/a")
        #expect(access.operation == "REST.GET.OBJECT" && access.status == 206)
        #expect(access.request == "3E57427F3EXAMPLE" && access.address == "192.0.2.3")
        #expect(access.principal == "arn:aws:iam::111122223333:user/host")
    }

    @Test("A request without an account, and one for the bucket itself") func anonymous() throws {
        let line =
            "o b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 - 3E REST.GET.BUCKET - \"GET /b HTTP/1.1\" 403 AccessDenied 1 - 7 - \"-\" \"-\" -"
        let access = try #require(read(line).accesses.first)
        #expect(access.principal == "anonymous" && access.key == "" && access.status == 403)
    }

    @Test("Keys come back as they are, though the log encodes them twice") func keys() {
        let line =
            "o b [06/Feb/2019:00:00:38 +0000] - p 3E REST.PUT.OBJECT a%2520b%252Fc \"PUT / HTTP/1.1\" 200 - - - - - \"-\" \"-\" -"
        #expect(read(line).accesses.first?.key == "a b/c")
    }

    @Test("Ceph's list that never ends is understood") func gateway() throws {
        let line =
            "{\"bucket\":\"b\",\"object\":\"host/FORMAT\",\"time\":\"2026-11-25T01:11:11.3Z\",\"remote_addr\":\"127.0.0.1\",\"user\":\"owner\",\"operation\":\"get_obj\",\"http_status\":\"200\",\"trans_id\":\"tx1\",\"bytes_sent\":5},"
        let log = read("[\(line)\n\(line)\n")
        #expect(log.accesses.count == 2 && log.unreadable == 0)
        let access = try #require(log.accesses.last)
        #expect(
            access.key == "host/FORMAT" && access.request == "tx1" && access.principal == "owner"
                && access.status == 200)
    }

    @Test(
        "What cannot be read is counted, for somebody may have spoilt it",
        arguments: [
            "x", "{", "{\"bucket\":1}", "o b [yesterday] a p 3E OP k \"GET\" 200",
            "o b [06/Feb/2019:00:00:38 +0000] a p 3E",
            "o b [06/Feb/2019:00:00:38 +0100] a p 3E OP k \"GET\" 200 -", "\"", "[", "o \"b",
        ].filter { $0 != "[" })
    func nonsense(_ line: String) {
        let log = read(line + "\n" + Self.amazon)
        #expect(log.unreadable == 1 && log.accesses.count == 1)
    }

    @Test("Mutated lines neither stop nor hang the reader") func mutated() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            var bytes = Array(Self.amazon.utf8)
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            let log = AccessLog.read(bytes)
            #expect(log.accesses.count + log.unreadable >= 1)
        }
    }
}
