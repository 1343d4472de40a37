import Foundation
import Primitives
import Sealing
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct LogWriterTests {
    private let policy: TrustPolicy

    init() throws { policy = try TrustPolicy.demanding(bothOf: SigningKeys.keys()) }

    private func open(_ storage: any LogStorage, remembered: TreeHead? = nil, number: UInt8 = 1) throws -> LogWriter {
        try LogWriter(opening: storage, signer: SigningKeys.log(number), clock: .still, remembered: remembered)
    }

    private func created(_ storage: any LogStorage) throws -> LogWriter {
        try LogWriter.create(in: storage, signer: SigningKeys.log(), clock: .still)
    }

    @Test("A log in a folder grows in batches of any size, over restarts, and is the tree of its entries")
    func growing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/state/log"
        let naive = NaiveTree.counting(1500)
        _ = try created(LogFolder(path, for: .writing))
        var done = 0
        for count in [1, 2, 0, 252, 1, 1, 300, 212, 255, 256, 220] {
            var writer = try open(
                LogFolder(path, for: .writing), remembered: TreeHead(size: UInt64(done), root: naive.root(done)))
            let appended = try writer.append(Array(naive.entries[done..<done + count]))
            #expect(appended.indices == UInt64(done)..<UInt64(done + count))
            done += count
            #expect(writer.tree == TreeHead(size: UInt64(done), root: naive.root(done)))
            let reader = try LogReader(LogFolder(path, for: .reading), policy: policy)
            #expect(reader.tree == writer.tree && reader.note == appended.checkpoint)
            try reader.verify()
        }
        #expect(done == 1500)
        let reader = try LogReader(LogFolder(path, for: .reading), policy: policy)
        for index in [0, 255, 256, 1499] {
            let proof = try #require(try reader.proof(of: UInt64(index)))
            #expect(
                try TransparencyProof(parsing: proof.bytes).verified(naive.entries[index], policy: policy)
                    == reader.checkpoint)
            #expect(try reader.tiles().entry(UInt64(index)) == naive.entries[index])
        }
        #expect(try reader.proof(of: 1500) == nil)
        // Partial tiles are gone where there are full ones.
        let files = Set(try folder.everything.filter { $0.contains("tile/entries/") })
        #expect(files.contains("state/log/tile/entries/004") && files.contains("state/log/tile/entries/005.p/220"))
        #expect(!files.contains { $0.hasPrefix("state/log/tile/entries/004.p/") })
    }

    @Test("A single batch may fill tiles of two levels") func large() throws {
        let storage = StorageInMemory()
        var writer = try created(storage)
        let entries = (0..<70_000).map { Array("entry \($0)".utf8) }
        _ = try writer.append(entries)
        #expect(writer.tree == TilesInMemory.large.tree)
        for (tile, bytes) in TilesInMemory.large.files { #expect(storage[tile.description] == bytes) }
        try LogReader(storage, policy: policy).verify()
    }

    @Test("A second writer is told that there is one, until the first is gone") func busy() throws {
        let folder = try TemporaryFolder()
        do {
            let writer = try created(LogFolder(folder.path, for: .writing))
            #expect(throws: LogProblem.busy) { try LogFolder(folder.path, for: .writing) }
            #expect(writer.tree == .empty)
        }
        _ = try open(LogFolder(folder.path, for: .writing))
    }

    @Test("No log is made over another, nor opened that is not there or another's") func creating() throws {
        let storage = StorageInMemory()
        #expect(throws: LogProblem.missing("checkpoint")) { _ = try open(storage) }
        var writer = try created(storage)
        _ = try writer.append([[1]])
        #expect(throws: LogProblem.exists) { _ = try created(storage) }
        #expect(throws: LogProblem.unsigned("bears no signature of a trusted key")) { _ = try open(storage, number: 2) }
        #expect(throws: LogProblem.otherLog("example.com/log")) {
            _ = try LogWriter(
                opening: storage, signer: SigningKeys.signer("example.com/log2", .log), clock: .still, remembered: nil)
        }
        // Whoever takes the checkpoint away does not get a new log at the place.
        storage[LogWriter.checkpointPath] = nil
        #expect(throws: LogProblem.exists) { _ = try created(storage) }
        #expect(throws: LogProblem.missing("checkpoint")) { _ = try open(storage) }
    }

    @Test("An entry that no bundle can hold is refused, with all of its batch") func tooLarge() throws {
        let storage = StorageInMemory()
        var writer = try created(storage)
        #expect(throws: LogProblem.entryTooLarge(65_536)) {
            _ = try writer.append([[1], Array(repeating: 0, count: 65_536)])
        }
        let largest = [UInt8](repeating: 0, count: 65_535)
        #expect(try writer.append([largest]).indices == 0..<1)
        #expect(try LogReader(storage, policy: policy).tiles().entry(0) == largest)
    }

    @Test("One of the log's two signatures is not enough to go on with it") func oneSignature() throws {
        let storage = StorageInMemory()
        _ = try created(storage)
        var note = try SignedNote(parsing: try #require(storage[LogWriter.checkpointPath]))
        note.signatures.removeLast()
        storage[LogWriter.checkpointPath] = note.bytes
        #expect(throws: LogProblem.unsigned("bears only one of the log's two signatures")) { _ = try open(storage) }
    }

    @Test("Witnesses' signatures go with the checkpoint that they signed, and stay when it is renewed") func witnesses()
        throws
    {
        let storage = StorageInMemory()
        var writer = try created(storage)
        let note = try writer.append([[1], [2]]).checkpoint
        let witness = try SigningKeys.signer("example.com/w", .witness, 7)
        let lines = try witness.signatures(of: note.text, time: 8)
        #expect(try writer.attach(lines, to: note))
        #expect(try writer.attach(lines, to: note))
        let broken = SignedNote.Signature(name: note.signatures[0].name, keyID: note.signatures[0].keyID, bytes: [1])
        #expect(try writer.attach([broken], to: note))
        #expect(writer.checkpoint?.signatures.count == 4)
        #expect(try writer.renew().verified(by: witness.verifierKeys).count == 2)
        let kept = try SignedNote(parsing: try #require(storage[LogWriter.checkpointPath]))
        #expect(kept == writer.checkpoint && kept.signatures.count == 4)
        _ = try writer.append([[3]])
        #expect(try !writer.attach(lines, to: note))
        #expect(writer.checkpoint?.signatures.count == 2)
    }

    @Test("A log is cosigned by another host through requests and answers alone") func cosigning() throws {
        let memory = Memory()
        let witness = try Witness(
            signer: SigningKeys.signer("example.com/witness", .witness, 77), logs: SigningKeys.keys(),
            memory: memory.memory, clock: .still)
        let storage = StorageInMemory()
        var writer = try created(storage)
        var size: UInt64 = 0
        let trust = try TrustPolicy.demanding(
            bothOf: SigningKeys.keys(), witnesses: [("other-host", witness.verifierKeys[0])], threshold: 1)
        for count in [3, 400] {
            let note = try writer.append((0..<count).map { [UInt8($0 & 255)] }).checkpoint
            let request = try #require(try LogReader(storage, policy: policy).request(from: size))
            let outcome = try request.outcome(try witness.answer(request.bytes), witness: witness.verifierKeys)
            guard case .cosigned(let lines) = outcome else {
                Issue.record("not cosigned")
                return
            }
            #expect(try writer.attach(lines, to: note))
            size = try LogReader(storage, policy: trust).tree.size
        }
        #expect(size == 403)
    }
}
