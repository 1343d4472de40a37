import Primitives
import TestSupport
import Testing
import WriteAheadLog

@testable import Operations

@Suite struct LogPusherTests {
    /// With each connection the history comes again, whatever waits for the repository.
    @Test func aFileThatCameAgainIsNotStoredWithTheFirst() throws {
        let trip = try LogTrip()
        func file(_ name: LogFileName) throws -> ReceivedFile {
            try ReceivedFile(name, folder: trip.trip.folder.path + "/laid-by")
        }
        let segment = try #require(LogFileName(trip.name(5)))
        let isOpen = Monitor(false)
        let batches = Monitor<[[LogFileName]]>([])
        let pusher = LogPusher(isPatient: false, isCancelled: { false }, news: { _ in }) { files, _ in
            _ = isOpen.wait { $0 ? true : nil }
            batches.update { $0.append(files.map(\.name)) }
            return nil
        }
        pusher.add(LogPusher.Arrival(file: try file(segment)), of: 1)
        let history = LogFileName.history(timeline: 2)
        for _ in 0..<3 { pusher.add(LogPusher.Arrival(file: try file(history)), of: 1) }
        isOpen.update { $0 = true }
        while !pusher.isIdle { pusher.waitForRoom(milliseconds: 100) }
        pusher.end()
        let stored = batches.withLock { $0 }
        #expect(stored.allSatisfy { Set($0).count == $0.count }, "\(stored)")
        #expect(stored.flatMap(\.self) == [segment, history, history, history])
    }
}
