import StorageS3
import TestSupport
import Testing

@Suite struct ListingPageTests {
    private static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><Prefix>p/</Prefix><EncodingType>url</EncodingType>
        <Contents><Key>p/one</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>&quot;x&quot;</ETag><Size>12</Size></Contents>
        <Contents><Key>p/two%20%26%C3%A9</Key><Size>0</Size><Owner><ID>me</ID></Owner></Contents><Empty/>
        <IsTruncated>true</IsTruncated><NextContinuationToken>a&amp;b=</NextContinuationToken></ListBucketResult>
        """

    @Test("A page has its keys, sizes and what asks for the next one") func whole() throws {
        let page = try ListingPage(Array(Self.page.utf8))
        #expect(page.entries == [.init(key: "p/one", bytes: 12), .init(key: "p/two &é", bytes: 0)])
        #expect(page.next == "a&b=")
        let last = Self.page.replacing("<IsTruncated>true", with: "<IsTruncated>false")
        #expect(try ListingPage(Array(last.utf8)).next == nil)
    }

    @Test(
        "What is not whole or not S3's is refused",
        arguments: [
            ("", ""), ("</ListBucketResult>", ""), ("<Size>12", "<Size>-1"), ("<Size>12", "<Size>many"),
            ("<Size>12</Size>", ""),
            ("<Key>p/one</Key>", ""), ("<IsTruncated>true", "<IsTruncated>maybe"),
            ("<IsTruncated>true</IsTruncated>", ""),
            ("<NextContinuationToken>a&amp;b=</NextContinuationToken>", ""), ("&amp;", "&mine;"), ("&amp;", "&#0;"),
            ("&amp;", "&#x110000;"),
            ("ListBucketResult", "Other"), ("<Name>b</Name>", "<Name>b</name>"), ("%C3%A9", "%C3"),
            ("<Empty/>", "<!-- hidden -->"),
            ("<Name>", "<Name x>"),
        ])
    func broken(_ from: String, _ to: String) {
        let text = from.isEmpty ? "" : Self.page.replacing(from, with: to)
        #expect(throws: (any Error).self) { _ = try ListingPage(Array(text.utf8)) }
    }

    @Test("Entities of one's own, and depth, make nothing grow") func hostile() {
        let laughs = """
            <?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
            """ + Self.page.split(separator: "\n").dropFirst().joined()
        #expect(throws: (any Error).self) { _ = try ListingPage(Array(laughs.utf8)) }
        let deep = String(repeating: "<a>", count: 1_000_000)
        #expect(throws: (any Error).self) { _ = try ListingPage(Array(deep.utf8)) }
        let open =
            "<ListBucketResult>" + String(repeating: "<Contents>", count: 3) + String(repeating: "x", count: 1 << 20)
        #expect(throws: (any Error).self) { _ = try ListingPage(Array(open.utf8)) }
    }

    @Test("No answer breaks the reader") func mutated() {
        var mutator = Mutator(seed: 20_261_124)
        let seed = Array(Self.page.utf8)
        for _ in 0..<Soak.count(3_000, full: 300_000) { _ = try? ListingPage(mutator.mutate(seed, donors: [seed])) }
    }
}
