import Glibc
import Primitives

/// A few connections to one server, made when they are needed and made again when they break.
final class ConnectionPool: Sendable {
    private static let attempts = 6
    let address: SFTPAddress
    private let slots: [Monitor<SFTPSession?>]
    /// How many wait for or use each.
    private let uses: Monitor<[Int]>

    init(_ address: SFTPAddress, connections: Int) {
        self.address = address
        slots = (0..<connections).map { _ in Monitor(nil) }
        uses = Monitor(Array(repeating: 0, count: connections))
    }

    /// The least busy connection, which stays counted as used until it is given back.
    func take() -> Int {
        uses.withLock { uses in
            let slot = uses.indices.min { uses[$0] < uses[$1] } ?? 0
            uses[slot] += 1
            return slot
        }
    }

    func giveBack(_ slot: Int) { uses.withLock { $0[slot] -= 1 } }

    func perform<R>(_ body: (SFTPSession) throws -> R) throws -> R {
        let slot = take()
        defer { giveBack(slot) }
        return try perform(on: slot, body)
    }

    /// Runs `body` with a connection; again with another one where that broke, up to a bound. What the server refuses is thrown as its
    /// status.
    func perform<R>(on slot: Int, _ body: (SFTPSession) throws -> R) throws -> R {
        for attempt in 1... {
            do {
                return try slots[slot].withLock { session in
                    let open = try session ?? SFTPSession(address)
                    session = open
                    do {
                        return try body(open)
                    } catch let lost as SSHProcess.Lost {
                        session = nil
                        throw lost
                    }
                }
            } catch let lost as SSHProcess.Lost {
                guard attempt < Self.attempts else { throw SSHFailure.unreachable(lost.reason, address) }
                let most = min(5_000, 100 << attempt)
                usleep(UInt32(Int.random(in: most / 2...most)) * 1000)
            }
        }
        preconditionFailure("the loop ends by itself only")
    }
}
