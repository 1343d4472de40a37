import Chunking
import Primitives
import RepositoryEngine
import Testing

@Suite struct FormatFileTests {
    private let format = FormatFile(
        repository: .random(), created: Timestamp(nanoseconds: 1_750_000_000 * 1_000_000_000), packSize: 32 << 20,
        administrator: Digest32(a: 1, b: 2, c: 3, d: 4), specification: Digest32(a: 5, b: 6, c: 7, d: 8),
        restorer: .zero)

    private var text: String { String(decoding: format.encoded(), as: UTF8.self) }

    private func decode(_ text: String) throws -> FormatFile { try FormatFile(decoding: Array(text.utf8)) }

    @Test func whatIsWrittenIsReadBack() throws {
        #expect(try FormatFile(decoding: format.encoded()) == format)
        #expect(text.hasPrefix("safehold repository\nformat: 1\n") && text.hasSuffix("\n"))
        #expect(text.contains("\ncreated: 2025-06-15T15:06:40Z\n"))
    }

    @Test func linesOfAnyOrderAndUnknownOnesAreRead() throws {
        var lines = text.split(separator: "\n")
        let first = lines.removeFirst()
        let shuffled = [first] + lines.reversed() + ["colour: green", "another:"]
        #expect(try decode(shuffled.joined(separator: "\n")) == format)
    }

    @Test(arguments: [
        "format: 2", "format: 01", "format: ", "suite: 2", "read-features: holograms", "write-features: a,b",
    ])
    func somethingNewerIsSaid(_ line: String) {
        let name = line.prefix { $0 != ":" }
        let lines = text.split(separator: "\n").map { $0.hasPrefix("\(name):") ? line : String($0) }
        #expect(failureCode { _ = try decode(lines.joined(separator: "\n")) } == .repositoryNewer)
    }

    @Test(arguments: [
        "format", "repository", "created", "suite", "chunker", "pack-size", "administrator", "specification",
        "restorer",
    ])
    func everyLineIsNeeded(_ name: String) {
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("\(name):") }
        #expect(failureCode { _ = try decode(lines.joined(separator: "\n")) } == .objectDamaged)
    }

    @Test(arguments: [
        "repository: 12", "repository: zz", "chunker: rabin", "chunker: gear64-v1 min=1 avg=2 max=3", "pack-size: 0",
        "pack-size: -1",
        "pack-size: 99999999999999999999999", "administrator: 00", "created: yesterday",
        "created: 2025-13-01T00:00:00Z", "created: 2025-06-15",
        "created: 2025-06-15T15:06:40+02:00", "created: 2025-02-30T00:00:00Z", "created: 2025-06-15T24:00:00Z",
        "no colon here",
    ])
    func nonsenseIsDamage(_ line: String) {
        let name = line.prefix { $0 != ":" }
        var lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("\(name):") }
        lines.append(line)
        #expect(failureCode { _ = try decode(lines.joined(separator: "\n")) } == .objectDamaged)
    }

    @Test(arguments: [
        "", "\n", "safehold", "Safehold repository\nformat: 1\n", "restic\nformat: 1", "\u{FEFF}safehold repository\n",
    ])
    func otherFilesAreNotOne(_ text: String) { #expect(failureCode { _ = try decode(text) } == .objectDamaged) }

    @Test func bytesThatAreNoTextAreDamage() {
        #expect(failureCode { _ = try FormatFile(decoding: [0xFF, 0xFE, 0x00, 0x0A]) } == .objectDamaged)
        #expect(
            failureCode { _ = try FormatFile(decoding: [UInt8](repeating: 0x0A, count: 1 << 16)) } == .objectDamaged)
    }
}
