import Primitives

extension SHA256Lane {
    /// The digests of whole messages, in their order, two at a time.
    package static func digests(of messages: some Collection<UnsafeRawBufferPointer>) -> [Digest32] {
        var unused = SHA256Lane()
        return digests(of: messages, beside: &unused, UnsafeRawBufferPointer(start: nil, count: 0))
    }

    /// The same, while `stream` goes on by `bytes`: whatever is longer, two streams are under way as long as there are two.
    package static func digests(
        of messages: some Collection<UnsafeRawBufferPointer>, beside stream: inout SHA256Lane,
        _ bytes: UnsafeRawBufferPointer
    ) -> [Digest32] {
        var results = [Digest32](repeating: .zero, count: messages.count)
        var waiting = messages.enumerated().makeIterator()
        func next() -> Task? { waiting.next().map { Task(lane: SHA256Lane(), rest: $0.element, message: $0.offset) } }
        func done(_ task: Task, _ stream: inout SHA256Lane) {
            if let message = task.message { results[message] = task.lane.value() } else { stream = task.lane }
        }
        var first: Task? = Task(lane: stream, rest: bytes, message: nil)
        var second = next()
        while var a = first, var b = second {
            Task.advance(&a, &b)
            (first, second) = (a, b)
            if a.rest.isEmpty {
                done(a, &stream)
                first = next()
            }
            if b.rest.isEmpty {
                done(b, &stream)
                second = next()
            }
        }
        if var last = first ?? second {
            last.lane.update(last.rest)
            done(last, &stream)
        }
        return results
    }

    private struct Task {
        var lane: SHA256Lane
        var rest: UnsafeRawBufferPointer
        /// Nil for the stream.
        var message: Int?

        /// Finishes the shorter one. The longer one goes on by whole blocks, so that it stays aligned.
        static func advance(_ a: inout Task, _ b: inout Task) {
            let shorter = min(a.rest.count, b.rest.count)
            let whole = shorter / 64 * 64
            let (x, y) = (
                a.take(a.rest.count == shorter ? shorter : whole), b.take(b.rest.count == shorter ? shorter : whole)
            )
            SHA256Lane.update(&a.lane, x, &b.lane, y)
        }

        private mutating func take(_ count: Int) -> UnsafeRawBufferPointer {
            defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
            return UnsafeRawBufferPointer(rebasing: rest[..<count])
        }
    }
}
