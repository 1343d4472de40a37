import Foundation
import Primitives
import TestSupport
import Testing
import TransparencyLog

@testable import Audit

/// A witness beside a log that grows, is put back, and goes on in another way.
@Suite struct WitnessDeskTests {
    let world: TrailWorld
    let desk: WitnessDesk

    init() throws {
        let world = try TrailWorld()
        self.world = world
        desk = WitnessDesk(state: world.folder.path + "/witness", clock: WallClock { world.moment.time })
        _ = try desk.begin(named: "example.org/witness")
        try world.perform("first")
    }

    private func known() throws -> KnownLog { try desk.add(AuditBook(world.place).policy) }

    private func checkpoint() throws -> (name: String, bytes: [UInt8]) {
        ("checkpoint", try AuditBook(world.place).reader.note.bytes)
    }

    /// What lies beside it is what the log itself says.
    private func source(_ checkpoints: [(name: String, bytes: [UInt8])]) -> WitnessDesk.Source {
        WitnessDesk.Source("a test", checkpoints) { [world] old, _ in
            try AuditBook(world.place).reader.request(from: old).map { [$0.bytes] } ?? []
        }
    }

    @Test("A log is signed as it grows, and what was signed is remembered") func grows() throws {
        let log = try known()
        for _ in 0..<3 {
            try world.perform("more")
            let signed = try desk.follow(log, in: source([checkpoint()]))
            let note = try #require(signed.note)
            #expect(try note.verified(by: desk.keys()).count == 2)
            #expect(try desk.log(log.origin)?.tree == AuditBook(world.place).tree)
            let again = try desk.follow(log, in: source([checkpoint(), ("signed", note.bytes)]))
            #expect(again.note == nil && again.tree == signed.tree)
        }
        let again = WitnessDesk(state: world.folder.path + "/witness", clock: .system)
        #expect(try again.logs().map(\.tree) == [AuditBook(world.place).tree])
    }

    @Test("What was put back, or went on in another way, is not signed") func pasts() throws {
        let (log, old, first) = (try known(), try world.keep(world.place.state), try checkpoint())
        for _ in 0..<2 { try world.perform("true") }
        _ = try desk.follow(log, in: source([checkpoint()]))
        let signed = try desk.log(log.origin)?.tree
        #expect(TrailWorld.code { _ = try desk.follow(log, in: source([first])) } == .auditRolledBack)
        try world.putBack(old, to: world.place.state)
        for name in ["other", "past"] { try world.perform(name) }
        #expect(TrailWorld.code { _ = try desk.follow(log, in: source([checkpoint()])) } == .auditForked)
        try world.perform("longer")
        #expect(TrailWorld.code { _ = try desk.follow(log, in: source([checkpoint()])) } == .auditForked)
        let silent = WitnessDesk.Source("a test", [try checkpoint()]) { _, _ in [] }
        #expect(TrailWorld.code { _ = try desk.follow(log, in: silent) } == .auditUnwitnessed)
        #expect(try desk.log(log.origin)?.tree == signed)
    }

    @Test("A checkpoint has to bear both signatures, of a log that is known") func signatures() throws {
        let request = try #require(try AuditBook(world.place).reader.request(from: 0))
        #expect(try desk.answer(request.bytes).status == 404)
        let log = try known()
        for left in 0..<2 {
            var half = request
            half.checkpoint.signatures.remove(at: left)
            #expect(try desk.answer(half.bytes).status == 403)
        }
        #expect(TrailWorld.code { _ = try desk.follow(log, in: source([])) } == .signatureInvalid)
        #expect(try desk.answer(request.bytes).status == 200)
    }

    @Test("There is one key, and a memory that is spoilt keeps the witness from signing") func keeps() throws {
        #expect(TrailWorld.code { _ = try desk.begin(named: nil) } == .usage)
        let other = WitnessDesk(state: world.folder.path + "/other", clock: .system)
        #expect(TrailWorld.code { _ = try other.keys() } == .usage)
        #expect(TrailWorld.code { _ = try other.begin(named: "a name") } == .usage)
        _ = try other.begin(named: nil)
        #expect(try other.keys() != desk.keys())
        let log = try known()
        let folder = world.folder.path + "/witness/audit-witness/logs"
        let file = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).first)
        try Data("{}".utf8).write(to: URL(filePath: folder + "/" + file))
        #expect(TrailWorld.code { _ = try desk.follow(log, in: source([checkpoint()])) } == .stateUnusable)
    }

    @Test("A verifier who demands a witness learns how much of the log it vouches for") func demanded() throws {
        let log = try known()
        let note = try #require(try desk.follow(log, in: source([checkpoint()])).note)
        try world.perform("later")
        let (book, keys) = (try AuditBook(world.place), try desk.keys())
        let good = try book.verify(against: [("signed", note.bytes)], witnesses: [keys])
        #expect(good.findings.isEmpty && good.witnessed.map(\.size) == [2])
        let none = try book.verify(against: [checkpoint()], witnesses: [keys])
        #expect(none.findings.map(\.code) == [.auditUnwitnessed])
        var half = note
        half.signatures.removeLast()
        #expect(try book.verify(against: [("half", half.bytes)], witnesses: [keys]).findings.count == 1)
    }
}
