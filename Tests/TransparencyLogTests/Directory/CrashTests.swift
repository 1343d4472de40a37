import Foundation
import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

/// The writer is stopped in front of each of its steps, and what is left is opened again.
@Suite struct CrashTests {
    private let policy: TrustPolicy

    init() throws { policy = try TrustPolicy.demanding(bothOf: SigningKeys.keys()) }

    /// A log of `size` entries.
    private func log(_ size: Int) throws -> [String: [UInt8]] {
        let storage = StorageInMemory()
        var writer = try LogWriter.create(in: storage, signer: SigningKeys.log(), clock: .still)
        _ = try writer.append((0..<size).map { Array("entry \($0)".utf8) })
        return storage.files
    }

    @Test(
        "After a stop anywhere the log is the old one or the new one, and what was to be seen of it stays",
        arguments: [0, 1, 255, 256, 510], [1, 300])
    func everyStep(_ size: Int, _ more: Int) throws {
        let files = try log(size)
        var random = SeededGenerator(seed: UInt64(size * 1000 + more))
        let entries = (0..<more).map { Array("more \($0)".utf8) }
        for losing in [false, true] {
            var step = 0
            while try stop(files, before: step, appending: entries, losing: losing, size, &random) { step += 1 }
            #expect(step > 4)
        }
    }

    /// False when all steps were done.
    private func stop(
        _ files: [String: [UInt8]], before step: Int, appending entries: [[UInt8]], losing: Bool, _ size: Int,
        _ random: inout SeededGenerator
    ) throws -> Bool {
        let storage = StorageInMemory(files)
        var writer = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        storage.stop(before: step)
        var isDone = false
        do {
            _ = try writer.append(entries)
            isDone = true
        } catch is StorageInMemory.Stopped {}
        for _ in 0..<(losing ? Soak.count(2, full: 20) : 1) {
            let left = storage.afterCrash(&random, losing: losing)
            var again = try LogWriter(opening: left, signer: SigningKeys.log(), clock: .still, remembered: nil)
            let tree = again.tree ?? .empty
            #expect(tree.size == UInt64(size) || tree.size == UInt64(size + entries.count), "step \(step)")
            if isDone { #expect(tree.size == UInt64(size + entries.count), "step \(step)") }
            try LogReader(left, policy: policy).verify()
            // Other entries come in the place of those that got lost: no checkpoint that anybody could have read says otherwise.
            _ = try again.append([Array("other".utf8), Array("entries".utf8)])
            let reader = try LogReader(left, policy: policy)
            try reader.verify()
            for checkpoint in storage.seen + left.seen {
                try reader.tiles().check(against: Checkpoint(parsing: SignedNote(parsing: checkpoint).text).tree)
            }
        }
        return !isDone
    }

    @Test("A writer that failed goes on when it can, with nothing twice and nothing lost") func goingOn() throws {
        let files = try log(250)
        for step in 0..<40 {
            let storage = StorageInMemory(files)
            var writer = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
            storage.stop(before: step)
            guard (try? writer.append((0..<10).map { [UInt8($0)] })) == nil else { break }
            #expect(writer.checkpoint == nil)
            storage.stop(before: .max)
            let appended = try writer.append([[99]])
            #expect(appended.indices == 250..<251 || appended.indices == 260..<261)
            let reader = try LogReader(storage, policy: policy)
            try reader.verify()
            #expect(try reader.tiles().entry(appended.indices.lowerBound) == [99])
        }
    }

    @Test("A crash while a log is made leaves none, which can be made again, or an empty one") func creating() throws {
        for step in 0..<5 {
            let storage = StorageInMemory()
            storage.stop(before: step)
            _ = try? LogWriter.create(in: storage, signer: SigningKeys.log(), clock: .still)
            let left = StorageInMemory(storage.files)
            do {
                let writer = try LogWriter(opening: left, signer: SigningKeys.log(), clock: .still, remembered: nil)
                #expect(writer.tree == .empty)
            } catch LogProblem.missing {
                let writer = try LogWriter.create(in: left, signer: SigningKeys.log(), clock: .still)
                #expect(writer.tree == .empty)
            }
        }
    }

    @Test("Entries that did not become part of the log are put aside, not overwritten") func abandoned() throws {
        let storage = StorageInMemory(try log(254))
        var writer = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        storage.stop(before: 9)
        #expect(throws: StorageInMemory.Stopped.self) { _ = try writer.append((0..<4).map { [UInt8($0)] }) }
        let left = StorageInMemory(storage.files)
        #expect(left["tile/entries/000"] != nil)
        _ = try LogWriter(opening: left, signer: SigningKeys.log(), clock: .still, remembered: nil)
        #expect(left["tile/entries/000"] == nil)
        #expect(left["abandoned/254-tile-entries-000"] == storage["tile/entries/000"])
    }

    @Test("The same in a folder: stopped between any two of its files") func everyStepOfAFolder() throws {
        let naive = NaiveTree.counting(600)
        var (step, isDone) = (0, false)
        while !isDone {
            let folder = try TemporaryFolder()
            var writer = try LogWriter.create(
                in: LogFolder(folder.path, for: .writing), signer: SigningKeys.log(), clock: .still)
            _ = try writer.append(Array(naive.entries[..<250]))
            let interrupted = Interrupted(try LogFolder(folder.path, for: .reading), after: step)
            writer = try LogWriter(opening: interrupted, signer: SigningKeys.log(), clock: .still, remembered: nil)
            isDone = (try? writer.append(Array(naive.entries[250..<520]))) != nil
            var again = try LogWriter(
                opening: LogFolder(folder.path, for: .reading), signer: SigningKeys.log(), clock: .still,
                remembered: nil)
            let size = Int(again.tree?.size ?? 0)
            #expect(isDone ? size == 520 : size == 250 || size == 520)
            _ = try again.append(Array(naive.entries[size...]))
            let reader = try LogReader(LogFolder(folder.path, for: .reading), policy: policy)
            try reader.verify()
            #expect(reader.tree == TreeHead(size: 600, root: naive.root(600)))
            step += 1
        }
        #expect(step > 8)
    }

    @Test("A process that is killed while it appends leaves a log that goes on") func killed() throws {
        let folder = try TemporaryFolder()
        let naive = NaiveTree.counting(40)
        var writer = try LogWriter.create(
            in: LogFolder(folder.path, for: .writing), signer: SigningKeys.log(), clock: .still)
        _ = try writer.append(Array(naive.entries[..<20]))
        // What a killed process leaves, its lock apart: the next checkpoint, durable and without its name.
        let copy = try TemporaryFolder()
        try FileManager.default.removeItem(atPath: copy.path)
        _ = try writer.append(Array(naive.entries[20...]))
        try FileManager.default.copyItem(atPath: folder.path, toPath: copy.path)
        try FileManager.default.moveItem(atPath: copy.path + "/checkpoint", toPath: copy.path + "/checkpoint.next")
        let again = try LogWriter(
            opening: LogFolder(copy.path, for: .writing), signer: SigningKeys.log(), clock: .still, remembered: nil)
        #expect(again.tree == TreeHead(size: 40, root: naive.root(40)))
        try LogReader(LogFolder(copy.path, for: .reading), policy: policy).verify()
    }
}

/// Does so many steps on behalf of a storage, and no more: each file and each rename is one.
private final class Interrupted: LogStorage {
    private let storage: any LogStorage
    private let left: Monitor<Int>

    init(_ storage: any LogStorage, after steps: Int) { (self.storage, left) = (storage, Monitor(steps)) }

    private func step() throws {
        try left.withLock { left in
            guard left > 0 else { throw StorageInMemory.Stopped() }
            left -= 1
        }
    }

    func read(_ path: String) throws -> [UInt8]? { try storage.read(path) }
    func names(in folder: String) throws -> [String] { try storage.names(in: folder) }

    func write(_ files: [LogFile]) throws {
        for file in files {
            try step()
            try storage.write([file])
        }
    }

    func rename(_ path: String, to other: String) throws {
        try step()
        try storage.rename(path, to: other)
    }

    func remove(_ paths: [String]) throws {
        try step()
        try storage.remove(paths)
    }
}
