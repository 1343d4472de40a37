import Foundation
import Primitives
import TestSupport
import Testing
import WriteAheadLog

@testable import Operations

@Suite struct SegmentAssemblyTests {
    private let trip: LogTrip
    private let folder: String

    init() throws {
        trip = try LogTrip()
        folder = trip.trip.folder.path + "/laid-by"
    }

    private func assembly(at segment: UInt64) -> SegmentAssembly {
        SegmentAssembly(
            timeline: 1, at: LogSequenceNumber(segment << 20), size: trip.size, folder: folder)
    }

    private func content(_ file: ReceivedFile) throws -> [UInt8] { try trip.bytes(file.path) ?? [] }

    @Test(arguments: [1000, 8192, 131_072, 3 << 20]) func piecesOfAnySizeMakeTheSegments(_ piece: Int) throws {
        let log = LogTrip.segment(5) + LogTrip.segment(6) + LogTrip.segment(7)
        var (assembly, files, sent): (SegmentAssembly, [ReceivedFile], Int) = (assembly(at: 5), [], 0)
        while sent < log.count {
            let count = min(piece, log.count - sent)
            files += try log[sent..<sent + count].withUnsafeBytes {
                try assembly.take($0, at: LogSequenceNumber((5 << 20) + UInt64(sent)))
            }
            sent += count
        }
        #expect(assembly.position == LogSequenceNumber((5 << 20) + UInt64(log.count)))
        #expect(files.map(\.name.description) == (0..<3).map { trip.name(5 + UInt64($0)) })
        for (number, file) in files.enumerated() {
            #expect(try content(file) == LogTrip.segment(5 + UInt64(number)))
            #expect(try LogFile(file).header?.systemIdentifier == LogTrip.system)
        }
        // Nothing has a name there: a process that is killed leaves nothing behind.
        #expect(LogTrip.names(below: folder).isEmpty)
    }

    @Test func aPieceThatDoesNotJoinOnIsRefused() throws {
        var assembly = assembly(at: 5)
        let bytes: [UInt8] = [1, 2, 3]
        #expect(throws: Failure.self) {
            try bytes.withUnsafeBytes { try assembly.take($0, at: LogSequenceNumber((5 << 20) + 1)) }
        }
    }

    @Test func theEndOfATimelineIsPartial() throws {
        var assembly = assembly(at: 5)
        #expect(try assembly.end()?.name == nil)
        let log = LogTrip.segment(5) + LogTrip.segment(6).prefix(70_000)
        let whole = try log.withUnsafeBytes { try assembly.take($0, at: LogSequenceNumber(5 << 20)) }
        #expect(whole.count == 1)
        let partial = try #require(try assembly.end())
        #expect(partial.name.description == trip.name(6) + ".partial")
        let expected = LogTrip.segment(6).prefix(70_000) + [UInt8](repeating: 0, count: (1 << 20) - 70_000)
        #expect(try content(partial) == Array(expected))
        #expect(try assembly.end()?.name == nil)
    }
}
