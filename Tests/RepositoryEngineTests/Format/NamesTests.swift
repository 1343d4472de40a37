import Primitives
import RepositoryEngine
import Storage
import Testing

@Suite struct NamesTests {
    @Test func numbersHaveTenDigits() {
        #expect(Names.number(1) == "0000000001")
        #expect(Names.number(9_999_999_999) == "9999999999")
        #expect(Names.number(12_345_678_901) == "12345678901")
    }

    @Test func namesAreThoseOfTheFormat() {
        let digest = Digest32(a: 0xAB << 56, b: 0, c: 0, d: 1)
        let hex = "ab" + String(repeating: "0", count: 61) + "1"
        #expect(Names.pack(digest, .data).path == "packs/ab/\(hex)")
        #expect(Names.pack(digest, .metadata).path == "meta/ab/\(hex)")
        let one = Prefix16(high: 0, low: 1)
        let id = String(repeating: "0", count: 31) + "1"
        #expect(Names.indexRun(DomainID(one), digest).path == "index/\(id)/0/\(hex)")
        #expect(Names.bundle(DomainID(one), 3).path == "keys/domains/\(id)/0000000003/bundle")
        #expect(Names.snapshot(WriterID(one), 7).path == "snapshots/\(id)/0000000007")
        #expect(Names.commit(WriterID(one), 7).path == "commits/\(id)/0000000007")
        #expect(Names.session(WriterID(one), SessionID(one), "end").path == "sessions/\(id)/\(id)/end")
        for name in [
            Names.format, Names.pack(digest, .data), Names.bundle(DomainID(one), .max), Names.specification(digest),
        ] {
            #expect(name.isValid)
        }
    }
}
