import Foundation
import Primitives
import TestSupport
import Testing
import TransparencyLog

@testable import Audit

/// What somebody with access to a host's disk can do to its log, and that nothing is done on the host until it is cleared up.
@Suite struct DetectionTests {
    let world: TrailWorld

    init() throws {
        world = try TrailWorld()
        for name in ["backup", "forget", "collect"] { try world.perform(name) }
    }

    private func expect(_ code: Failure.Code, _ location: SourceLocation = #_sourceLocation) {
        #expect(
            TrailWorld.code { _ = try world.trail().begin(Act("next", .view)) } == code, "writing",
            sourceLocation: location)
        let found = TrailWorld.code {
            let report = try AuditBook(world.place).verify(against: [])
            if let finding = report.findings.first { throw finding }
        }
        #expect(found == code, "reading", sourceLocation: location)
    }

    @Test("One byte of an entry is another") func altered() throws {
        try world.change(try world.newestEntries()) { $0[40] ^= 1 }
        expect(.auditAltered)
    }

    @Test("Two entries changed places") func reordered() throws {
        try world.change(try world.newestEntries()) { bytes in
            let first = Int(bytes[0]) << 8 + Int(bytes[1]) + 2
            let second = Int(bytes[first]) << 8 + Int(bytes[first + 1]) + 2
            let parts = [bytes[..<first], bytes[first..<first + second], bytes[(first + second)...]]
            bytes = Array(parts[1] + parts[0] + parts[2])
        }
        expect(.auditAltered)
    }

    @Test("The checkpoint is gone") func withoutCheckpoint() throws {
        try FileManager.default.removeItem(atPath: world.place.log + "/checkpoint")
        expect(.auditAltered)
    }

    @Test("The log was put back to an older state") func rolledBack() throws {
        let old = try world.keep(world.place.log)
        try world.perform("keys-remove")
        try world.putBack(old, to: world.place.log)
        expect(.auditRolledBack)
    }

    @Test("The log went on from an older state in another way") func forked() throws {
        let old = try world.keep(world.place.state)
        try world.perform("keys-remove")
        let head = try world.keep(world.place.head)
        try world.putBack(old, to: world.place.state)
        for name in ["stats", "ls"] { try world.perform(name) }
        try world.putBack(head, to: world.place.head)
        expect(.auditForked)
    }

    @Test("Another log lies in its place") func replaced() throws {
        let other = try TrailWorld()
        try other.perform("nothing happened")
        try world.putBack(other.place.folder, to: world.place.folder)
        expect(.auditReplaced)
    }

    @Test("What is remembered of it is gone, or the keys, or all but what is remembered") func missing() throws {
        let kept = try world.keep(world.place.state)
        for path in [world.place.head, world.place.folder] {
            try FileManager.default.removeItem(atPath: path)
            #expect(
                TrailWorld.code { _ = try world.trail().begin(Act("next", .view)) } == .auditReplaced, "without \(path)"
            )
            try world.putBack(kept, to: world.place.state)
        }
        try FileManager.default.removeItem(atPath: world.place.key)
        #expect(TrailWorld.code { _ = try world.trail().begin(Act("next", .view)) } == .auditReplaced)
    }

    @Test(
        "A checkpoint that was kept elsewhere shows what this host has forgotten: everything put back, another past, another log"
    )
    func kept() throws {
        let old = try world.keep(world.place.state)
        try world.perform("keys-remove")
        let checkpoint = Array(try Data(contentsOf: URL(filePath: world.place.log + "/checkpoint")))
        func finding() throws -> Failure.Code? {
            try AuditBook(world.place).verify(against: [("kept", checkpoint)]).findings.first?.code
        }
        #expect(try finding() == nil)
        try world.putBack(old, to: world.place.state)
        #expect(try finding() == .auditRolledBack)
        for name in ["stats", "ls"] { try world.perform(name) }
        #expect(try finding() == .auditForked)
        try FileManager.default.removeItem(atPath: world.place.state)
        try world.perform("nothing happened")
        #expect(try finding() == .auditReplaced)
    }

    @Test("A log that is put aside is kept, and the new one says so") func restart() throws {
        let trail = world.trail()
        let act = Act("audit-restart", .remove, reason: "The disk was restored")
        #expect(TrailWorld.code { _ = try trail.restart(act) } == .usage, "nothing is wrong with it")
        let old = try world.keep(world.place.log)
        try world.perform("keys-remove")
        let known = try #require(try AuditHead.read(world.place)).tree
        try world.putBack(old, to: world.place.log)
        let aside = try trail.restart(act)
        #expect(FileManager.default.fileExists(atPath: aside + "/log/checkpoint"))
        let first = try #require(try world.acts().first)
        #expect(first.intent.reason == "The disk was restored" && first.result == .ok)
        #expect(first.objects.contains(ActObject(.log, "\(known.size) entries, root \(known.root.hex)")))
        try world.perform("backup")
        #expect(try AuditBook(world.place).verify(against: []).findings.isEmpty)
    }
}
