import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

/// What a witness remembers, in memory; and how somebody can get in between.
final class Memory: Sendable {
    private let state = Monitor<(known: [NoteName: TreeHead], inBetween: TreeHead?)>(([:], nil))

    var memory: Witness.Memory {
        Witness.Memory(
            latest: { origin in self.state.withLock { $0.known[origin] ?? .empty } },
            replace: { origin, expected, next in
                self.state.withLock { state in
                    if let other = state.inBetween {
                        state.known[origin] = other
                        state.inBetween = nil
                    }
                    guard (state.known[origin] ?? .empty) == expected else { return false }
                    state.known[origin] = next
                    return true
                }
            })
    }

    func latest(_ name: String) throws -> TreeHead? { try state.withLock { try $0.known[noteName(name)] } }
    func arriveInBetween(_ tree: TreeHead) { state.withLock { $0.inBetween = tree } }
}

@Suite struct WitnessTests {
    private let memory = Memory()
    private let log = TilesInMemory(NaiveTree.counting(600).entries)

    private func witness() throws -> Witness {
        try Witness(
            signer: SigningKeys.signer("example.com/witness", .witness, 77), logs: SigningKeys.keys(),
            memory: memory.memory,
            clock: .still)
    }

    private func tree(_ size: UInt64) throws -> TreeHead { TreeHead(size: size, root: try log.reader().root(at: size)) }

    private func note(_ tree: TreeHead, _ signer: borrowing NoteSigner) throws -> SignedNote {
        try Checkpoint(origin: noteName("example.com/log"), tree: tree).signed(by: signer, time: 3)
    }

    private func request(from old: UInt64, to new: UInt64) throws -> AddCheckpoint {
        let proof = try MerkleTree.consistencyProof(from: min(old, new), to: new) { try log.reader().hashes($0) }
        return try AddCheckpoint(oldSize: old, proof: proof, checkpoint: note(tree(new), SigningKeys.log()))
    }

    @Test("A log is cosigned as it grows, at the witness's time, and remembered before") func growing() throws {
        let witness = try witness()
        var old: UInt64 = 0
        for size in [0, 1, 300, 300, 600] as [UInt64] {
            let request = try request(from: old, to: size)
            let response = try witness.answer(request.bytes)
            #expect(response.status == 200)
            guard case .cosigned(let lines) = try request.outcome(response, witness: witness.verifierKeys) else {
                Issue.record("not cosigned")
                return
            }
            var note = request.checkpoint
            note.signatures += lines
            let signatures = try note.verified(by: witness.verifierKeys)
            #expect(signatures.map(\.time) == [1_767_225_600, 1_767_225_600])
            #expect(try memory.latest("example.com/log") == tree(size))
            old = size
        }
    }

    @Test("It answers as the protocol has it, and signs nothing") func refusals() throws {
        let witness = try witness()
        func status(_ request: AddCheckpoint) throws -> Int { try witness.answer(request.bytes).status }
        #expect(try status(request(from: 0, to: 300)) == 200)
        #expect(try witness.answer([1, 2]).status == 400)
        #expect(try status(request(from: 301, to: 300)) == 400)

        var other = try request(from: 300, to: 600)
        other.checkpoint = try Checkpoint(origin: noteName("example.com/unknown"), tree: tree(600)).signed(
            by: SigningKeys.log(), time: 3)
        #expect(try status(other) == 404)
        other.checkpoint = try note(tree(600), SigningKeys.log(5))
        #expect(try status(other) == 403)
        other = try request(from: 300, to: 600)
        other.checkpoint.signatures[1].bytes[99] ^= 1
        #expect(try status(other) == 403)

        let conflict = try witness.answer(request(from: 200, to: 600).bytes)
        #expect(conflict == .init(status: 409, contentType: "text/x.tlog.size", body: "300\n".bytes))
        #expect(
            try request(from: 200, to: 600).outcome(conflict, witness: witness.verifierKeys) == .askAgain(from: 300))
        // Smaller than what was cosigned.
        #expect(try witness.answer(request(from: 100, to: 200).bytes).status == 409)

        other = try request(from: 300, to: 600)
        other.proof[0].a ^= 1
        #expect(try status(other) == 422)
        other.proof = []
        #expect(try status(other) == 422)
        var fork = try request(from: 300, to: 300)
        fork.checkpoint = try note(TreeHead(size: 300, root: .zero), SigningKeys.log())
        #expect(try status(fork) == 422)
        #expect(try memory.latest("example.com/log") == tree(300))
    }

    @Test("Of an unknown log nothing is believed but that it begins") func beginning() throws {
        let witness = try witness()
        var first = try request(from: 0, to: 300)
        first.proof = [.zero]
        #expect(try witness.answer(first.bytes).status == 422)
        let empty = try AddCheckpoint(
            oldSize: 0, proof: [], checkpoint: note(TreeHead(size: 0, root: .zero), SigningKeys.log()))
        #expect(try witness.answer(empty.bytes).status == 422)
        #expect(try witness.answer(request(from: 5, to: 300).bytes).body == "0\n".bytes)
        #expect(try memory.latest("example.com/log") == nil)
    }

    @Test("Of two requests at once the later one does not take the earlier one back") func race() throws {
        let witness = try witness()
        let slow = try request(from: 0, to: 300)
        memory.arriveInBetween(try tree(600))
        #expect(
            try witness.answer(slow.bytes) == .init(status: 409, contentType: "text/x.tlog.size", body: "600\n".bytes))
        #expect(try memory.latest("example.com/log") == tree(600))
    }

    @Test("A memory that fails keeps the witness from signing") func memoryFails() throws {
        struct Full: Error {}
        let witness = try Witness(
            signer: SigningKeys.signer("example.com/witness", .witness, 77), logs: SigningKeys.keys(),
            memory: Witness.Memory(latest: { _ in .empty }, replace: { _, _, _ in throw Full() }), clock: .still)
        let request = try request(from: 0, to: 300)
        #expect(throws: Full.self) { try witness.answer(request.bytes) }
    }

    @Test("An answer with a signature that does not hold is none, and lines of others are left out") func answers()
        throws
    {
        let witness = try witness()
        let request = try request(from: 0, to: 300)
        var response = try witness.answer(request.bytes)
        let stranger = try SigningKeys.signer("example.com/other", .witness, 3).signatures(
            of: request.checkpoint.text, time: 1)
        response.body += stranger.map(\.line).joined().bytes
        let keys = witness.verifierKeys
        guard case .cosigned(let lines) = try request.outcome(response, witness: keys) else {
            Issue.record("not cosigned")
            return
        }
        #expect(lines.count == 2)
        #expect(throws: LogProblem.self) { try request.outcome(response, witness: SigningKeys.keys()) }
        var elsewhere = request
        elsewhere.checkpoint = try note(tree(10), SigningKeys.log())
        #expect(throws: LogProblem.self) { try elsewhere.outcome(response, witness: keys) }
        #expect(try request.outcome(.init(status: 503), witness: keys) == .refused(503))
        #expect(throws: EncodingError.self) {
            try request.outcome(.init(status: 409, body: "x\n".bytes), witness: keys)
        }
        #expect(throws: EncodingError.self) { try request.outcome(.init(status: 200, body: []), witness: keys) }
    }

    @Test(
        "A request is read as it is written",
        arguments: ["", "old 1\n", "old 01\n\n", "new 1\n\n", "old 1\n\n", "old 1\nAQID\n\n"])
    func requests(_ wrong: String) throws {
        let request = try request(from: 100, to: 300)
        #expect(try AddCheckpoint(parsing: request.bytes) == request)
        #expect(throws: EncodingError.self) { try AddCheckpoint(parsing: wrong.bytes) }
    }

    @Test("Mutated requests are refused or read, and only what grows is ever cosigned") func mutations() throws {
        let witness = try witness()
        #expect(try witness.answer(request(from: 0, to: 300).bytes).status == 200)
        let good = try request(from: 300, to: 600).bytes
        var mutator = Mutator(seed: 4)
        for _ in 0..<600 {
            let bytes = mutator.mutate(good, donors: [good])
            guard let request = try? AddCheckpoint(parsing: bytes) else { continue }
            #expect(request.bytes == bytes)
            _ = try witness.answer(bytes)
            let latest = try memory.latest("example.com/log")
            #expect(try latest == tree(300) || latest == tree(600))
        }
    }
}
