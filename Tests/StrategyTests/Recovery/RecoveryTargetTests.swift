import Primitives
import Testing

@testable import Strategy

@Suite("The target of a recovery") struct RecoveryTargetTests {
    @Test("is along a timeline that has a name or a number") func timelines() {
        #expect(RecoveryTimeline("latest") == .latest && RecoveryTimeline("current") == .current)
        #expect(RecoveryTimeline("17") == .number(17) && RecoveryTimeline("17")?.description == "17")
        for text in ["", "0", "-1", "newest", "0x11", "4294967296"] { #expect(RecoveryTimeline(text) == nil) }
    }

    @Test("has tablespaces that go elsewhere, by number or by where they were") func mappings() throws {
        let number = try #require(TablespaceMapping("16400=/srv/fast"))
        #expect(number.origin == .oid(16400) && number.target == "/srv/fast")
        let directory = try #require(TablespaceMapping(#"/mnt/a\=b=/srv/fa\st"#))
        #expect(directory.origin == .directory("/mnt/a=b") && directory.target == #"/srv/fa\st"#)
        for text in ["", "=", "16400", "16400=", "=/x", "/a=/b=/c", #"/a=/b\"#] {
            #expect(TablespaceMapping(text) == nil, "\(text)")
        }
    }
}
