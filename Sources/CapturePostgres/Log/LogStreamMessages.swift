import Capture
import WriteAheadLog

/// What goes over a connection on which a log is sent (PostgreSQL documentation, 55.4): numbers in the network's order, times in microseconds
/// since 2000.
enum LogStreamMessages {
    enum Received: Equatable {
        case log(at: LogSequenceNumber, UnsafeRawBufferPointer)
        case alive(at: LogSequenceNumber, wantsReport: Bool)

        static func == (x: Received, y: Received) -> Bool {
            switch (x, y) {
            case (.log(let a, let one), .log(let b, let other)): a == b && one.elementsEqual(other)
            case (.alive(let a, let one), .alive(let b, let other)): a == b && one == other
            default: false
            }
        }
    }

    private static let headSize = 25
    private static let aliveSize = 18

    /// Nil for what nobody here knows.
    static func read(_ bytes: UnsafeRawBufferPointer) -> Received? {
        switch bytes.first {
        case UInt8(ascii: "w"):
            guard bytes.count >= headSize else { return nil }
            return .log(at: position(bytes, 1), UnsafeRawBufferPointer(rebasing: bytes[headSize...]))
        case UInt8(ascii: "k"):
            guard bytes.count >= aliveSize else { return nil }
            return .alive(at: position(bytes, 1), wantsReport: bytes[aliveSize - 1] != 0)
        default: return nil
        }
    }

    /// `durable` of zero leaves the slot where it is. What is applied is nobody's concern here.
    static func report(
        received: LogSequenceNumber, durable: LogSequenceNumber, microseconds: Int64, wantsAnswer: Bool
    ) -> [UInt8] {
        var bytes = [UInt8(ascii: "r")]
        for number in [received.value, durable.value, 0, UInt64(bitPattern: microseconds)] {
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        }
        return bytes + [wantsAnswer ? 1 : 0]
    }

    private static func position(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> LogSequenceNumber {
        LogSequenceNumber(UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
    }
}
