import Foundation
import TestSupport
import Testing

/// Object lock and legal holds, by the program, against whoever has the account's own key.
@Suite("Buckets that lock", .enabled(if: S3Server.isPossible, Comment(rawValue: S3Server.reason)))
struct LockedBucketTests {
    private let place: BucketPlace
    private let bypass = ["x-amz-bypass-governance-retention: true"]

    init() throws { place = try BucketPlace(.locked) }

    private struct Version {
        var key: String
        var id: String
    }

    private func versions() throws -> [Version] {
        let list = try place.server.request("GET", "\(place.bucket)?max-keys=1000&versions=").body
        return list.matches(of: /<Version>.*?<\/Version>/.dotMatchesNewlines()).compactMap { match in
            guard let key = match.output.firstMatch(of: /<Key>([^<]+)<\/Key>/)?.output.1,
                let id = match.output.firstMatch(of: /<VersionId>([^<]+)<\/VersionId>/)?.output.1
            else { return nil }
            return Version(key: String(key), id: String(id))
        }
    }

    private func backups() throws {
        for round in 0..<3 {
            if round > 0 { try place.change(round) }
            try place.run("backup", "--json", place.source).mustBe(0)
        }
    }

    @Test("In compliance mode the account's own key deletes, shortens and hides nothing, and everything restores")
    func compliance() throws {
        try place.run("init", "--lock", "compliance", "--lock-class", "daily=1").mustBe(0)
        try backups()
        try place.change(3)
        let earlier = place.scratch.path + "/earlier"
        try ChildProcess.shell("cp -a \"$1\" \"$2\"", place.source, earlier)
        let kept = try place.run("backup", "--json", place.source).mustBe(0).summary().snapshot
        let versions = try versions()
        #expect(versions.count > 20)
        for version in versions {
            let target = "\(place.bucket)/\(version.key)"
            #expect(try place.server.request("DELETE", "\(target)?versionId=\(version.id)", bypass).status == 403)
            let sooner =
                "<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>2027-01-01T00:00:00Z</RetainUntilDate></Retention>"
            let said = try place.server.request(
                "PUT", "\(target)?retention=&versionId=\(version.id)", bypass, body: sooner)
            #expect((400..<500).contains(said.status), "\(version.key): \(said)")
        }
        let all = "\(place.bucket)/{\(Set(versions.map(\.key)).sorted().joined(separator: ","))}"
        #expect(try place.server.request("PUT", all, body: "rubbish").status == 200)
        #expect(try place.server.request("DELETE", all).status == 204)
        #expect(try place.server.request("DELETE", place.bucket).status == 409)

        try place.run("verify", "--read-data", "--json").mustBe(0)
        let listed = try place.run("snapshots", "--json").mustBe(0).lines().filter { $0.type == "snapshot" }
        #expect(listed.count == 4)
        for snapshot in listed {
            let target = place.scratch.path + "/back-" + snapshot.text("id").prefix(8)
            try place.run("restore", snapshot.text("id"), "--target", target, "--verify", "--json").mustBe(0)
        }
        try place.change(4)
        try place.run("backup", "--json", place.source).mustBe(0)
        try place.expectRestores()
        let target = place.scratch.path + "/back"
        try place.run("restore", kept, "--target", target, "--strip", "--json").mustBe(0)
        try Comparison.expectSame(earlier, target)
    }

    @Test("What 'storage lock' says of it is what the page on JSON describes") func documented() throws {
        try place.run("init", "--lock", "compliance", "--lock-class", "daily=1", "--lock-class", "yearly=9").mustBe(0)
        let lines = try place.run("storage", "lock", "--json").mustBe(0).lines()
        let lock = try #require(lines.first { $0.type == "lock" })
        let page = try DocumentedLines()
        #expect(page.problems(of: lock) == [])
        #expect(Set(lock.fields.keys).isSuperset(of: page.types["lock", default: [:]].keys))
        #expect(lock.text("mode") == "compliance" && lock.fields["classes"] as? [String] == ["daily=1", "yearly=9"])
    }

    @Test("A legal hold is the store's own: whoever has the key removes all else, and the snapshot restores")
    func held() throws {
        try place.run("init").mustBe(0)
        try backups()
        func hold(_ verb: String) throws -> Summary {
            let lines = try place.run("hold", verb, "latest", "--reason", "Order 17", "--json").mustBe(0).lines()
            let line = try #require(lines.first { $0.type == "hold" })
            #expect(try DocumentedLines().problems(of: line) == [])
            return line
        }
        let set = try hold("add")["objects"]
        #expect(set > 8)
        #expect(try hold("add")["objects"] == 0)
        var refused = 0
        for version in try versions() {
            let target = "\(place.bucket)/\(version.key)?versionId=\(version.id)"
            if try place.server.request("DELETE", target, bypass).status == 403 { refused += 1 }
        }
        #expect(refused == set)
        try place.expectRestores()
        #expect(try hold("release")["objects"] == set)
        for version in try versions() {
            let target = "\(place.bucket)/\(version.key)?versionId=\(version.id)"
            #expect(try place.server.request("DELETE", target).status == 204, "\(version.key) is held")
        }
    }
}
