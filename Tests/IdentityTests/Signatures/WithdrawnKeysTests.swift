import Primitives
import Sealing
import Testing

@testable import Identity

@Suite("Withdrawn keys") struct WithdrawnKeysTests {
    private static func authority(_ seed: UInt8) throws -> HybridSignature.PrivateKey {
        try HybridSignature.PrivateKey(seeds: SecretBytes(count: 64) { for i in $0.indices { $0[i] = seed } })
    }

    private static let key = Digest32(a: 1, b: 2, c: 3, d: 4)
    private static let time = Timestamp(nanoseconds: 1_790_000_000_123_456_789)

    @Test("a list says the same when it is read, under its authority and no other one") func roundTrip() throws {
        let authority = try Self.authority(1)
        let list = try WithdrawnKeys([Self.key: Self.time], made: Self.time, signedBy: authority)
        let read = try WithdrawnKeys(list.text, under: authority.publicKey)
        #expect(read == list && read.keys == [Self.key: Self.time] && read.made == Self.time)
        let empty = try WithdrawnKeys([:], made: Self.time, signedBy: authority)
        #expect(try WithdrawnKeys(empty.text, under: authority.publicKey).keys.isEmpty)
        let other = try Self.authority(2).publicKey
        #expect(throws: EncodingError.self) { _ = try WithdrawnKeys(list.text, under: other) }
    }

    @Test("a list of which anything is missing or another is none") func changed() throws {
        let authority = try Self.authority(1)
        let key = authority.publicKey
        let text = try WithdrawnKeys([Self.key: Self.time], made: Self.time, signedBy: authority).text
        var lines = text.split(separator: "\n").map(String.init)
        for index in lines.indices {
            var fewer = lines
            fewer.remove(at: index)
            #expect(throws: EncodingError.self) {
                _ = try WithdrawnKeys(fewer.map { $0 + "\n" }.joined(), under: key)
            }
        }
        lines[2] = lines[2].replacing("789", with: "788")
        #expect(throws: EncodingError.self) { _ = try WithdrawnKeys(lines.map { $0 + "\n" }.joined(), under: key) }
        for text in ["", "\n", String(text.dropLast()), text + "\n", text + text] {
            #expect(throws: EncodingError.self) { _ = try WithdrawnKeys(text, under: key) }
        }
    }
}
