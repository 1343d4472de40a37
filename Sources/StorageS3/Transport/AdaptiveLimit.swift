import Primitives

/// How many requests may be on their way at once: one more after four rounds that went well, half as many when the server says that it is too
/// much. A pure value; time comes in.
package struct AdaptiveLimit: Sendable, Equatable {
    package static let most = 32.0

    private var room = most
    private var lastCut = Int64.min / 2

    package init() {}

    package var count: Int { Int(room) }

    package mutating func succeeded() { room = min(Self.most, room + 0.25 / room) }

    /// What a burst of refusals says is one thing, so it counts once in half a second.
    package mutating func wasRefused(at now: Int64) {
        guard now - lastCut >= 500_000_000 else { return }
        lastCut = now
        room = max(1, room / 2)
    }
}

/// Lets as many requests through at a time as the limit allows.
final class RequestGate: Sendable {
    private struct State: Sendable {
        var limit = AdaptiveLimit()
        var inside = 0
    }

    private let state = Monitor(State())
    private let now: @Sendable () -> Int64

    init(now: @escaping @Sendable () -> Int64 = Pacing.Moments.ofThisHost.monotonic) { self.now = now }

    func holding<R>(_ body: () throws -> R) rethrows -> R {
        state.waitAndUpdate { state -> Void? in
            guard state.inside < state.limit.count else { return nil }
            state.inside += 1
            return ()
        }
        defer { state.update { $0.inside -= 1 } }
        return try body()
    }

    var count: Int { state.withLock { $0.limit.count } }

    func learn(_ answer: S3Answer) {
        let isTooMuch = [503, 429].contains(answer.status) || answer.code == "SlowDown"
        state.update { state in
            if isTooMuch { state.limit.wasRefused(at: now()) } else if answer.isFine { state.limit.succeeded() }
        }
    }
}
