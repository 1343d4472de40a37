import StorageS3
import Testing

@Suite struct RetriesTests {
    @Test(
        "What a server says of its own state is tried again",
        arguments: [
            (500, ""), (502, ""), (503, "SlowDown"), (504, ""), (429, ""), (400, "RequestTimeout"),
            (409, "ConditionalRequestConflict"), (400, "BadDigest"), (400, "XAmzContentSHA256Mismatch"),
            (400, "IncompleteBody"),
        ])
    func again(_ status: Int, _ code: String) { #expect(Retries.isTransient(status: status, code: code)) }

    @Test(
        "What it says of the request is not",
        arguments: [
            (200, ""), (206, ""), (301, ""), (400, ""), (403, "AccessDenied"), (404, "NoSuchKey"),
            (412, "PreconditionFailed"), (416, ""),
            (501, "NotImplemented"),
        ])
    func once(_ status: Int, _ code: String) { #expect(!Retries.isTransient(status: status, code: code)) }

    @Test("Pauses are anything up to a bound, which doubles to ten seconds") func pauses() {
        let bounds = (1...12).map { Retries.pause(afterAttempt: $0) { $0.upperBound } }
        #expect(bounds == [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000])
        #expect(Retries.pause(afterAttempt: 3) { $0.lowerBound } == 0)
    }

    @Test("A budget ends the trying, and what succeeds fills it again") func budget() {
        let budget = RetryBudget(25)
        #expect(budget.take() && budget.take() && !budget.take())
        budget.refill()
        #expect(!budget.take())
        budget.refill()
        #expect(budget.take() && !budget.take())
        for _ in 0..<1000 { budget.refill() }
        #expect(budget.take() && budget.take() && !budget.take())
    }
}
