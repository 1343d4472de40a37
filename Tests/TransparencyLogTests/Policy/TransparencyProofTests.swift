import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct TransparencyProofTests {
    private let policy: TrustPolicy
    private let entries = NaiveTree.counting(300).entries
    private let proof: TransparencyProof

    init() throws {
        policy = try TrustPolicy.demanding(bothOf: SigningKeys.keys())
        let reader = try TilesInMemory(entries).reader()
        let note = try Checkpoint(origin: noteName("example.com/log"), tree: reader.tree).signed(
            by: SigningKeys.log(), time: 5)
        proof = TransparencyProof(index: 258, path: try reader.inclusionProof(of: 258), checkpoint: note)
    }

    @Test("A proof is read as it is written, and shows what it is for") func goodProof() throws {
        let again = try TransparencyProof(parsing: proof.bytes)
        #expect(
            again == proof
                && String(decoding: proof.bytes, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nindex 258\n"))
        #expect(try again.verified(entries[258], policy: policy).tree.size == 300)
        var more = proof
        more.extra = [1, 2, 3]
        #expect(
            String(decoding: more.bytes, as: UTF8.self).hasPrefix("c2sp.org/tlog-proof@v1\nextra AQID\nindex 258\n"))
        #expect(try TransparencyProof(parsing: more.bytes) == more)
    }

    @Test("It shows nothing else") func badProof() throws {
        #expect(throws: LogProblem.alteredEntry(258)) { try proof.verified(entries[257], policy: policy) }
        var other = proof
        other.index = 257
        #expect(throws: LogProblem.alteredEntry(257)) { try other.verified(entries[258], policy: policy) }
        other = proof
        other.path.removeLast()
        #expect(throws: LogProblem.alteredEntry(258)) { try other.verified(entries[258], policy: policy) }
        let strangers = try TrustPolicy.demanding(bothOf: SigningKeys.keys(2))
        #expect(throws: LogProblem.self) { try proof.verified(entries[258], policy: strangers) }
    }

    @Test("The tree of one entry has a proof without a path") func noPath() throws {
        let note = try Checkpoint(origin: noteName("example.com/log"), tree: TilesInMemory([[7]]).tree).signed(
            by: SigningKeys.log(), time: 5)
        let proof = try TransparencyProof(parsing: "c2sp.org/tlog-proof@v1\nindex 0\n\n".bytes + note.bytes)
        #expect(try proof.verified([7], policy: policy).tree.size == 1)
    }

    @Test(arguments: [
        "", "c2sp.org/tlog-proof@v1\n", "c2sp.org/tlog-proof@v2\nindex 0\n\n", "c2sp.org/tlog-proof@v1\nindex 00\n\n",
        "c2sp.org/tlog-proof@v1\nindex\n\n", "c2sp.org/tlog-proof@v1\nextra !\nindex 0\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AQID\n\n",
        "c2sp.org/tlog-proof@v1\nindex 0\nAQID\n\n", "c2sp.org/tlog-proof@v1\nindex 0\n",
        "c2sp.org/tlog-proof@v1\nindex 0\n"
            + String(repeating: "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n", count: 64) + "\n",
    ]) func noProof(_ text: String) {
        #expect(throws: EncodingError.self) { try TransparencyProof(parsing: text.bytes + proof.checkpoint.bytes) }
        #expect(throws: EncodingError.self) { try TransparencyProof(parsing: text.bytes) }
    }

    @Test("Mutated proofs do not hold unless nothing that matters was changed") func mutations() throws {
        var mutator = Mutator(seed: 2)
        let good = proof.bytes
        for _ in 0..<1000 {
            guard let mutated = try? TransparencyProof(parsing: mutator.mutate(good, donors: [good])),
                (try? mutated.verified(entries[258], policy: policy)) != nil
            else { continue }
            #expect(
                mutated.index == proof.index && mutated.path == proof.path
                    && mutated.checkpoint.text == proof.checkpoint.text)
        }
    }
}
