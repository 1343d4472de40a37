import Primitives
import Storage
import StorageS3
import TestSupport
import Testing

@Suite struct VersionsPageTests {
    private static let page = """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name><EncodingType>url</EncodingType>
        <DeleteMarker><Key>p/one</Key><VersionId>m1</VersionId><IsLatest>true</IsLatest></DeleteMarker>
        <Version><Key>p/one</Key><VersionId>v2</VersionId><ETag>&quot;AB&quot;</ETag><Size>12</Size></Version>
        <Version><Key>p/one</Key><VersionId>null</VersionId><Size>3</Size></Version>
        <Version><Key>p/two%20%C3%A9</Key><VersionId>v3</VersionId><Size>0</Size></Version>
        <IsTruncated>true</IsTruncated><NextKeyMarker>p/two%20%C3%A9</NextKeyMarker><NextVersionIdMarker>v3</NextVersionIdMarker>
        </ListVersionsResult>
        """

    @Test("A page has every version and marker in order, and what asks for the next one") func whole() throws {
        let page = try VersionsPage(Array(Self.page.utf8))
        #expect(
            page.entries == [
                .init(key: "p/one", id: "m1", content: nil),
                .init(key: "p/one", id: "v2", content: .init(bytes: 12, entityTag: "ab")),
                .init(key: "p/one", id: "null", content: .init(bytes: 3, entityTag: "")),
                .init(key: "p/two é", id: "v3", content: .init(bytes: 0, entityTag: "")),
            ])
        #expect(page.next == .init(key: "p/two é", id: "v3"))
    }

    @Test(
        "What is not whole, not S3's or in no order is refused",
        arguments: [
            ("", ""), ("</ListVersionsResult>", ""), ("<Size>12", "<Size>-1"), ("<Size>12</Size>", ""),
            ("<Key>p/one</Key>", ""), ("<Key>p/one</Key>", "<Key>q</Key>"), ("<VersionId>v2</VersionId>", ""),
            ("<VersionId>v2<", "<VersionId><"), ("<IsTruncated>true</IsTruncated>", ""),
            ("<IsTruncated>true", "<IsTruncated>maybe"), ("<NextKeyMarker>p/two%20%C3%A9</NextKeyMarker>", ""),
            ("ListVersionsResult", "Other"),
        ])
    func broken(_ from: String, _ to: String) {
        let text =
            from.isEmpty ? "" : Self.page.replacing(from, with: to, maxReplacements: from.hasPrefix("List") ? 2 : 1)
        #expect(throws: (any Error).self) { _ = try VersionsPage(Array(text.utf8)) }
    }

    @Test("No answer breaks the reader") func mutated() {
        var mutator = Mutator(seed: 20_261_125)
        let seed = Array(Self.page.utf8)
        for _ in 0..<Soak.count(3_000, full: 300_000) { _ = try? VersionsPage(mutator.mutate(seed, donors: [seed])) }
    }

    @Test("Of what was seen, what is used is remembered, within a bound") func memory() {
        var memory = FirstVersions(limit: 10)
        let used = ObjectName("used")
        memory.remember("x", of: used)
        for i in 0..<1000 {
            memory.remember("v\(i)", of: ObjectName("n\(i)"))
            #expect(memory.id(of: used) == "x")
        }
        #expect((0..<1000).filter { memory.id(of: ObjectName("n\($0)")) != nil }.count <= 20)
        memory.forget(used)
        #expect(memory.id(of: used) == nil)
    }

    @Test("Dates of HTTP are read in their one form") func dates() {
        #expect(HTTPDate.parse("Tue, 24 Nov 2026 23:48:57 GMT")?.description == "2026-11-24T23:48:57Z")
        #expect(HTTPDate.parse("Sun, 06 Nov 1994 08:49:37 GMT")?.description == "1994-11-06T08:49:37Z")
        for text in [
            "", "Tue, 24 Nov 2026 23:48:57", "Tue, 24 Nov 2026 23:48:57 UTC", "Tue, 31 Feb 2026 00:00:00 GMT",
            "Tue, 24 NOV 2026 23:48:57 GMT", "2026-11-24T23:48:57Z", "Tue, 4 Nov 2026 23:48:57 GMT",
        ] { #expect(HTTPDate.parse(text) == nil, "\(text)") }
    }
}
