import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

/// What somebody may do to a log who can write where it is kept, and how it is told.
@Suite struct DetectionTests {
    private let policy: TrustPolicy
    private let entries = NaiveTree.counting(700).entries

    init() throws { policy = try TrustPolicy.demanding(bothOf: SigningKeys.keys()) }

    private func log(_ entries: [[UInt8]], number: UInt8 = 1) throws -> StorageInMemory {
        let storage = StorageInMemory()
        var writer = try LogWriter.create(in: storage, signer: SigningKeys.log(number), clock: .still)
        _ = try writer.append(entries)
        return storage
    }

    private func problem(_ storage: StorageInMemory, remembered: TreeHead? = nil) throws -> LogProblem? {
        do {
            try LogReader(storage, policy: policy, remembered: remembered).verify()
            return nil
        } catch let problem as LogProblem {
            return problem
        }
    }

    private func head(_ storage: StorageInMemory) throws -> TreeHead { try LogReader(storage, policy: policy).tree }

    @Test("Every bit counts: what is altered is named, be it an entry, a tile or the checkpoint") func alteration()
        throws
    {
        let storage = try log(entries)
        #expect(try problem(storage) == nil)
        let good = storage.files
        for (path, bytes) in good.sorted(by: { $0.key < $1.key }) where path != "abandoned" {
            for place in Set([0, 1, bytes.count / 2, bytes.count - 1]) {
                let bad = StorageInMemory(good)
                bad[path] = bytes.flippingBit(place * 8 + place % 8)
                #expect(try problem(bad) != nil, "byte \(place) of \(path)")
            }
            let shorter = StorageInMemory(good)
            shorter[path] = bytes.dropLast()
            #expect(try problem(shorter) != nil, "\(path) without its end")
            shorter[path] = nil
            #expect(try problem(shorter) == .missing(path), "\(path) is gone")
        }
        let bad = StorageInMemory(good)
        // Entries 256 to 511 of 11 bytes with their lengths.
        bad["tile/entries/001"]?[4 * 11 + 6] ^= 1
        #expect(try problem(bad) == .alteredEntry(260))
        bad["tile/entries/001"] = good["tile/entries/001"]
        bad["tile/0/001"]?[0] ^= 1
        #expect(try problem(bad) == .altered("tile/0/001"))
    }

    @Test("Entries that change places are told") func reordering() throws {
        var other = entries
        other.swapAt(3, 4)
        let (storage, reordered) = (try log(entries), try log(other))
        storage["tile/entries/000"] = reordered["tile/entries/000"]
        #expect(try problem(storage) == .alteredEntry(3))
        storage["tile/0/000"] = reordered["tile/0/000"]
        #expect(try problem(storage) != nil)
    }

    @Test("An older state, whole and rightly signed, is told by whoever remembers a newer one") func rollBack() throws {
        let storage = try log(Array(entries[..<500]))
        let older = storage.files
        var writer = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        _ = try writer.append(Array(entries[500...]))
        let remembered = try head(storage)
        let back = StorageInMemory(older)
        #expect(try problem(back) == nil)
        #expect(try problem(back, remembered: remembered) == .rolledBack(to: 500, from: 700))
        #expect(throws: LogProblem.rolledBack(to: 500, from: 700)) {
            _ = try LogWriter(opening: back, signer: SigningKeys.log(), clock: .still, remembered: remembered)
        }
        // Only the checkpoint put back: the entries behind it are put aside and not lost.
        storage[LogWriter.checkpointPath] = older[LogWriter.checkpointPath]
        #expect(throws: LogProblem.rolledBack(to: 500, from: 700)) {
            _ = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: remembered)
        }
        #expect(storage["tile/entries/002.p/188"] != nil)
        _ = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        #expect(storage["abandoned/500-tile-entries-002.p-188"] != nil)
    }

    @Test("A log that is put back while its writer runs is told at the next append, and not gone on with")
    func beneath() throws {
        let storage = try log(Array(entries[..<500]))
        let older = storage[LogWriter.checkpointPath]
        var writer = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        _ = try writer.append(Array(entries[500...]))
        let newer = storage[LogWriter.checkpointPath]
        storage[LogWriter.checkpointPath] = older
        #expect(throws: LogProblem.altered("checkpoint")) { _ = try writer.append([[1]]) }
        #expect(throws: LogProblem.rolledBack(to: 500, from: 700)) { _ = try writer.append([[1]]) }
        storage[LogWriter.checkpointPath] = newer
        #expect(try writer.append([[1]]).indices == 700..<701)
    }

    @Test("The log's own key signs another past: whoever remembers or cosigned the first one tells") func fork() throws
    {
        var rewritten = entries
        rewritten[100] = Array("nothing happened".utf8)
        let (storage, forked) = (try log(entries), try log(rewritten))
        let remembered = try head(storage)
        #expect(try problem(forked) == nil)
        #expect(try problem(forked, remembered: remembered) == .forked(at: 700))
        var writer = try LogWriter(opening: forked, signer: SigningKeys.log(), clock: .still, remembered: nil)
        _ = try writer.append([[1]])
        #expect(try problem(forked, remembered: remembered) == .forked(at: 700))
        #expect(throws: LogProblem.forked(at: 700)) {
            _ = try LogWriter(opening: forked, signer: SigningKeys.log(), clock: .still, remembered: remembered)
        }
    }

    @Test("A log by other keys in its place, and one with a checkpoint cut off, are told") func replacement() throws {
        #expect(try problem(log(entries, number: 2)) == .unsigned("bears no signature of a trusted key"))
        let storage = try log(entries)
        // The tiles of a longer log below the checkpoint of a shorter one, and the other way about.
        let shorter = try log(Array(entries[..<600]))
        let checkpoint = storage[LogWriter.checkpointPath]
        storage[LogWriter.checkpointPath] = shorter[LogWriter.checkpointPath]
        #expect(try problem(storage, remembered: TreeHead(size: 700, root: .zero)) == .missing("tile/0/002.p/88"))
        shorter[LogWriter.checkpointPath] = checkpoint
        #expect(try problem(shorter) != nil)
        #expect(throws: LogProblem.self) {
            _ = try LogWriter(opening: shorter, signer: SigningKeys.log(), clock: .still, remembered: nil)
        }
    }

    @Test("A checkpoint, rightly signed, that claims more entries than there could be is refused and not counted")
    func absurd() throws {
        let size: UInt64 = 1 << 62
        let hashes = (0..<64).map { MerkleHash.leaf([$0]) }
        let edge = TreeEdge(size: size, levels: Array(repeating: [], count: 7) + [hashes])
        let storage = StorageInMemory()
        storage["tile/7/000.p/64"] = hashes.flatMap(\.bytes)
        storage[LogWriter.checkpointPath] = try Checkpoint(origin: noteName("example.com/log"), tree: edge.head)
            .signed(by: SigningKeys.log(), time: 5).bytes
        #expect(try problem(storage) == .missing("tile/entries/000"))
        let reader = try LogReader(storage, policy: policy)
        #expect(throws: LogProblem.missing("tile/0/000")) { try reader.proof(of: 3) }
        #expect(throws: LogProblem.missing("tile/0/000")) { try reader.request(from: 3) }
        #expect(throws: LogProblem.missing("tile/0/x018/x014/x398/x509/x481/983")) {
            try reader.tiles().entry(size - 1)
        }
    }

    @Test("A checkpoint that waits for its name and does not fit the log is not taken") func waiting() throws {
        let storage = try log(entries)
        var other = entries
        other[0] = [1]
        let forked = try log(other + [[2]])
        storage[LogWriter.nextPath] = forked[LogWriter.checkpointPath]
        #expect(throws: LogProblem.self) {
            _ = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        }
        storage[LogWriter.nextPath] = try log(Array(entries[..<600]))[LogWriter.checkpointPath]
        #expect(throws: LogProblem.altered("checkpoint.next")) {
            _ = try LogWriter(opening: storage, signer: SigningKeys.log(), clock: .still, remembered: nil)
        }
    }
}
