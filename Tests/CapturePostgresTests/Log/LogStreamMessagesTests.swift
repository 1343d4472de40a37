import Capture
import Testing
import WriteAheadLog

@testable import CapturePostgres

@Suite struct LogStreamMessagesTests {
    private static func big(_ number: UInt64) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }

    private static func read(_ bytes: [UInt8]) -> (position: String, rest: [UInt8])? {
        bytes.withUnsafeBytes { bytes in
            switch LogStreamMessages.read(bytes) {
            case .log(let position, let piece)?: (position.description, Array(piece))
            case .alive(let position, let wants)?: (position.description, [wants ? 1 : 0])
            case nil: nil
            }
        }
    }

    @Test func aPieceOfTheLogIsBehindItsPosition() throws {
        let head = [UInt8(ascii: "w")] + Self.big(0x1_0000_0028) + Self.big(0x1_0000_1000) + Self.big(1)
        let found = try #require(Self.read(head + [9, 8, 7]))
        #expect(found == ("1/28", [9, 8, 7]))
        #expect(try #require(Self.read(head)).rest.isEmpty)
        #expect(Self.read(head.dropLast()) == nil)
    }

    @Test func aServerThatLivesMayAskForAReport() throws {
        let head = [UInt8(ascii: "k")] + Self.big(0x2A) + Self.big(1)
        #expect(try #require(Self.read(head + [1])) == ("0/2A", [1]))
        #expect(try #require(Self.read(head + [0])) == ("0/2A", [0]))
        #expect(Self.read(head) == nil)
        #expect(Self.read([UInt8(ascii: "z")] + head) == nil)
        #expect(Self.read([]) == nil)
    }

    @Test func aReportSaysWhatCameAndWhatIsDurable() {
        let report = LogStreamMessages.report(
            received: LogSequenceNumber(0x1_0000_0028), durable: LogSequenceNumber(0x1_0000_0000), microseconds: -2,
            wantsAnswer: true)
        #expect(
            report == [UInt8(ascii: "r")] + Self.big(0x1_0000_0028) + Self.big(0x1_0000_0000) + Self.big(0)
                + Self.big(UInt64.max - 1) + [1])
    }

    @Test(arguments: [
        ("42704", "ERROR:  replication slot \"a\" does not exist", StreamFailure.Kind.slotMissing),
        ("58P01", "ERROR:  requested WAL segment 000000010000000000000001 has already been removed", .logRemoved),
        (
            "55000",
            "ERROR:  cannot read from replication slot \"a\"\nDETAIL:  This slot has been invalidated because it exceeded the maximum reserved size.",
            .logRemoved
        ),
        ("55000", "ERROR:  can no longer get changes from replication slot \"a\"", .logRemoved),
        (
            "55000",
            "ERROR:  can no longer access replication slot \"a\"\nDETAIL:  This replication slot has been invalidated due to \"wal_removed\".",
            .logRemoved
        ),
        ("55006", "ERROR:  replication slot \"a\" is active for PID 17", .unreachable),
        ("42501", "ERROR:  permission denied to use replication slots", .denied),
        (
            "XX000", "ERROR:  requested starting point 0/9000000 is ahead of the WAL flush position of this server 0/8",
            .unreachable
        ),
        ("57P01", "FATAL:  terminating connection due to administrator command", .unreachable),
        ("53400", "ERROR:  all replication slots are in use", .failed),
    ])
    func whatAServerSaysIsTold(_ state: String, _ said: String, _ kind: StreamFailure.Kind) {
        let failure = PostgresTrouble.streaming("a", state: state, saying: said)
        #expect(failure.kind == kind, "\(failure)")
        #expect(!failure.message.isEmpty && !failure.advice.isEmpty)
    }
}
