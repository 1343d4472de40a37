import Primitives
import Sealing
import Testing

@testable import Identity

@Suite("Host's key") struct HostKeyTests {
    private static func key(_ byte: UInt8) throws -> HostKey { try HostKey([UInt8](repeating: byte, count: 32).secret) }

    @Test("what was sealed opens for whom it was sealed, under this key, and unaltered") func sealing() throws {
        let key = try Self.key(1)
        let sealed = try key.seal("a secret".secret, for: [1, 2])
        #expect(try key.open(sealed, for: [1, 2]).isEqual(to: "a secret".secret))
        #expect(try key.seal("a secret".secret, for: [1, 2]) != sealed)
        #expect(throws: EncodingError.self) { _ = try key.open(sealed, for: [1, 3]) }
        let other = try Self.key(2)
        #expect(throws: EncodingError.self) { _ = try other.open(sealed, for: [1, 2]) }
        for place in sealed.indices {
            var turned = sealed
            turned[place] ^= 1
            #expect(throws: EncodingError.self) { _ = try key.open(turned, for: [1, 2]) }
            #expect(throws: EncodingError.self) { _ = try key.open(Array(sealed.prefix(place)), for: [1, 2]) }
        }
    }

    @Test("hosts and references are known by digests that take the key, each for itself") func digests() throws {
        let one = try Self.key(1)
        let other = try Self.key(2)
        #expect(one.host(machine: [7]) == one.host(machine: [7]) && one.host(machine: [7]) != one.host(machine: [8]))
        #expect(one.host(machine: [7]) != other.host(machine: [7]))
        #expect(one.reference("4711") != other.reference("4711"))
        #expect(one.reference("7") != one.host(machine: Array("7".utf8)))
        #expect(throws: EncodingError.self) { _ = try HostKey([1].secret) }
    }
}
