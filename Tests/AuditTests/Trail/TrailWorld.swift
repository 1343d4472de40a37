import Foundation
import Primitives
import TestSupport
import Testing

@testable import Audit

/// A host's log in a folder of its own, with a clock that is set by hand.
final class TrailWorld: Sendable {
    let folder: TemporaryFolder
    let place: AuditPlace
    private let now = Monitor((time: Int64(1_795_000_000_000_000_000), uptime: UInt64(1_000_000), boot: "first"))

    init() throws {
        folder = try TemporaryFolder()
        place = AuditPlace(state: folder.path + "/state")
    }

    func pass(seconds: UInt64) {
        now.withLock {
            $0.time += Int64(seconds) * 1_000_000_000
            $0.uptime += seconds * 1_000_000
        }
    }

    func restartHost() { now.withLock { ($0.uptime, $0.boot) = (5_000_000, "second") } }

    func setClock(back seconds: Int64) { now.withLock { $0.time -= seconds * 1_000_000_000 } }

    var moment: AuditMoment {
        now.withLock { AuditMoment(time: Timestamp(nanoseconds: $0.time), uptime: $0.uptime, boot: $0.boot) }
    }

    static let anna = AuditActor(kind: .person, uid: 1000, name: "anna", loginUID: 1000, host: "ward-7")

    func trail(by actor: AuditActor = anna, patience: Duration = .seconds(30)) -> AuditTrail {
        AuditTrail(
            place, voice: AuditTrail.Voice(actor: { actor }, moment: { self.moment }, software: "safehold test"),
            clock: WallClock { self.moment.time }, patience: patience)
    }

    /// One act from its beginning to its end.
    func perform(_ name: String, by actor: AuditActor = anna, _ result: ActEnding.Result = .ok) throws {
        let trail = trail(by: actor)
        try trail.end(try trail.begin(Act(name, .view)), ActEnding(result))
    }

    /// Many acts from their beginnings to their ends, written at once.
    func append(_ names: [String]) throws {
        let lock = try TrailLock(place, patience: .seconds(1))
        defer { lock.release() }
        var ledger = try AuditLedger.open(place, clock: WallClock { self.moment.time })
        var entries: [AuditEntry] = []
        for (number, name) in names.enumerated() {
            let intent = ledger.size + UInt64(2 * number)
            let outcome = AuditEntry.Outcome(intent: intent, act: name, ending: ActEnding(.ok), isReconciled: false)
            for content in [.intent(AuditEntry.Intent(Act(name, .view), process: 1)), .outcome(outcome)]
                as [AuditEntry.Content]
            {
                entries.append(AuditEntry(content, by: Self.anna, at: moment, software: "safehold test"))
            }
        }
        _ = try ledger.append(entries)
    }

    func entries() throws -> [AuditEntry] {
        var entries: [AuditEntry] = []
        try AuditBook(place).forEach { _, bytes in entries.append(try AuditEntry(parsing: bytes)) }
        return entries
    }

    func acts(_ search: AuditSearch = AuditSearch()) throws -> [AuditedAct] {
        let book = try AuditBook(place)
        var acts: [AuditedAct] = []
        try book.forEach(book.find(search)) { acts.append($0) }
        return acts
    }

    /// Copies what is at `path` to a place from where it can be put back.
    func keep(_ path: String) throws -> String {
        let kept = folder.path + "/kept-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: path, toPath: kept)
        return kept
    }

    func putBack(_ kept: String, to path: String) throws {
        try? FileManager.default.removeItem(atPath: path)
        try FileManager.default.copyItem(atPath: kept, toPath: path)
    }

    /// Changes a file of the log's folder.
    func change(_ name: String, _ change: (inout [UInt8]) -> Void) throws {
        let url = URL(filePath: place.folder + "/" + name)
        var bytes = Array(try Data(contentsOf: url))
        change(&bytes)
        try Data(bytes).write(to: url)
    }

    /// The newest file of the entries that are in no full tile.
    func newestEntries() throws -> String {
        let folder = "log/tile/entries/000.p"
        let names = try FileManager.default.contentsOfDirectory(atPath: place.folder + "/" + folder)
        return folder + "/" + (names.max { (Int($0) ?? 0) < (Int($1) ?? 0) } ?? "")
    }

    /// Runs `body`, which has to throw, and gives the code.
    static func code(_ body: () throws -> Void) -> Failure.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }
}
