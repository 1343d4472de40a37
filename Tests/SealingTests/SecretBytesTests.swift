import Sealing
import Testing

extension SecretBytes {
    /// What tests compare; secrets themselves neither copy nor print.
    var revealed: [UInt8] { withUnsafeBytes { Array($0) } }
}

extension [UInt8] {
    var secret: SecretBytes { SecretBytes(count: count) { $0.copyBytes(from: self) } }
}

@Suite struct SecretBytesTests {
    @Test func theArrayTheyCameInIsEmptied() {
        var bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(consuming: &bytes)
        #expect(bytes.isEmpty)
        let (whole, part, copy) = (secret.revealed, secret.slice(1..<3).revealed, secret.copy().revealed)
        #expect(whole == [1, 2, 3] && part == [2, 3] && copy == whole)
    }

    @Test func comparison() {
        let secret = ([1, 2, 3] as [UInt8]).secret
        let results = [[1, 2, 3], [1, 2], [1, 2, 3, 0], [1, 2, 2], []].map { (other: [UInt8]) in
            secret.isEqual(to: other.secret)
        }
        #expect(results == [true, false, false, false, false])
    }

    @Test func randomOnesDiffer() {
        let (first, second) = (SecretBytes.random(count: 32).revealed, SecretBytes.random(count: 32).revealed)
        #expect(first != second)
        let none = SecretBytes.random(count: 0).revealed
        #expect(none.isEmpty)
    }

    @Test func whatFailsToFillThrows() {
        struct Stop: Error {}
        #expect(throws: Stop.self) { _ = try SecretBytes(count: 8) { _ in throw Stop() } }
    }
}
