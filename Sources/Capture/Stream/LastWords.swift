import Glibc
import Primitives

/// What a program says: it is read as it comes, so that the program never waits for it, and its end is kept.
package final class LastWords: Sendable {
    private static let kept = 16 << 10

    private struct State {
        var said: [UInt8] = []
        var isOver = false
    }

    private let state = Monitor(State())
    private let thread = WorkerThreads()

    /// Takes the descriptor over.
    package init(_ descriptor: Int32) {
        thread.start { [state] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                if poll(&place, 1, 50) <= 0 {
                    // A process that it left behind may hold the other end for good.
                    if state.withLock({ $0.isOver }) { break }
                    continue
                }
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                state.withLock { $0.said = Array(($0.said + buffer.prefix(count)).suffix(Self.kept)) }
            }
            close(descriptor)
        }
    }

    /// The program has ended: what it said is on its way at most.
    package func end() {
        state.withLock { $0.isOver = true }
        thread.joinAll()
    }

    package var text: String { String(decoding: state.withLock { $0.said }, as: UTF8.self) }
    package var lastLines: String { text.split(whereSeparator: \.isNewline).suffix(5).joined(separator: " / ") }
    /// Behind a sentence; empty where it said nothing.
    package var quoted: String { text.isEmpty ? "" : " It said: \(lastLines)" }
}
