import Capture
import Primitives
import Testing
import WriteAheadLog

/// What a base backup says of itself.
@Suite struct BaseBackupFactsTests {
    private static func facts() throws -> BaseBackupFacts {
        BaseBackupFacts(
            systemIdentifier: 7_446_203_121_332_226_000, version: 150_018, timeline: 3,
            startPosition: LogSequenceNumber(0x1_0200_0028), stopPosition: LogSequenceNumber(0x1_0300_0000),
            segmentSize: .usual, hasChecksums: true, label: "a \"label\"",
            started: try #require(Timestamp(description: "2026-11-27T02:00:00Z")),
            ended: try #require(Timestamp(description: "2026-11-27T02:05:00Z")),
            tablespaces: [.init(oid: 16_400, location: "/srv/space", size: 5_000_000_000)], isFromStandby: true,
            hasLog: false)
    }

    @Test func comesBackAsItWas() throws {
        let facts = try Self.facts()
        #expect(try BaseBackupFacts(decoding: facts.encoded) == facts)
        #expect(facts.majorVersion == 15)
    }

    @Test func itsTextIsAsDocumented() throws {
        #expect(
            String(decoding: try Self.facts().encoded, as: UTF8.self)
                == #"{"format":1,"system_identifier":"7446203121332226000","server_version_num":150018,"timeline":3,"start_lsn":"1/2000028","stop_lsn":"1/3000000","wal_segment_size":16777216,"data_checksums":true,"label":"a \"label\"","started":"2026-11-27T02:00:00Z","ended":"2026-11-27T02:05:00Z","standby":true,"wal_included":false,"first_wal":"000000030000000100000002","last_wal":"000000030000000100000002","tablespaces":[{"oid":16400,"location":"/srv/space","size":5000000000}]}"#
                + "\n")
    }

    @Test func segmentsOfOtherSizes() throws {
        var facts = try Self.facts()
        facts.segmentSize = try #require(SegmentSize(1 << 20))
        facts.stopPosition = LogSequenceNumber(0x1_0210_0001)
        #expect(facts.firstSegment.description == "000000030000000100000020")
        #expect(facts.lastSegment.description == "000000030000000100000021")
        (facts.startPosition, facts.stopPosition) = (LogSequenceNumber(.max), LogSequenceNumber(.max))
        #expect(facts.lastSegment.description == "00000003FFFFFFFF00000FFF")
    }

    @Test func aNewerMemberIsPassedOverAndAMissingOneIsSaid() throws {
        let text = String(decoding: try Self.facts().encoded, as: UTF8.self)
        let more = text.replacing("\"timeline\"", with: "\"novelty\":[1,{}],\"timeline\"")
        #expect(try BaseBackupFacts(decoding: Array(more.utf8)) == Self.facts())
        for (old, new) in [
            ("\"timeline\":3", "\"timeline\":-3"), ("1/2000028", "1-2000028"), ("16777216", "1000"),
            ("\"format\":1", "\"format\":2"), ("\"standby\":true,", ""), ("02:05:00Z", "25:05:00Z"), ("}\n", ""),
            ("1/3000000", "1/2000028"), ("1/3000000", "0/0"), ("1/2000028", "FFFFFFFF/FFFFFFFF"),
        ] {
            let broken = text.replacing(old, with: new)
            #expect(throws: EncodingError.self, "\(new)") { try BaseBackupFacts(decoding: Array(broken.utf8)) }
        }
    }
}
