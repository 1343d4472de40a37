import Primitives
import Sealing
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct SignedNoteTests {
    private static let example = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """
    private static let exampleKey = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"

    @Test("The specification's own note is read, verified and written as it was") func specification() throws {
        let note = try SignedNote(parsing: Self.example.bytes)
        let key = try VerifierKey(Self.exampleKey)
        #expect(key.kind == .ed25519 && key.description == Self.exampleKey)
        #expect(note.text == "This is an example message.\n".bytes && note.bytes == Self.example.bytes)
        #expect(try note.verified(by: [key]) == [VerifiedSignature(key: key, time: nil)])
    }

    @Test("A signature over other bytes does not hold, and lines of strangers are passed over") func verification()
        throws
    {
        let key = try VerifierKey(Self.exampleKey)
        let altered = Self.example.replacing("example message", with: "other message").bytes
        #expect(throws: LogProblem.unsigned("bears a signature of 'example.com/foo' that does not hold")) {
            try SignedNote(parsing: altered).verified(by: [key])
        }
        let strangers = try SigningKeys.keys(9)
        #expect(throws: LogProblem.unsigned("bears no signature of a trusted key")) {
            try SignedNote(parsing: Self.example.bytes).verified(by: strangers)
        }
        var note = try SignedNote(parsing: Self.example.bytes)
        note.signatures.insert(
            SignedNote.Signature(name: key.name, keyID: 1, bytes: [1]), at: 0)
        note.signatures.append(contentsOf: try SigningKeys.log(9).signatures(of: note.text, time: 5))
        #expect(try SignedNote(parsing: note.bytes).verified(by: [key]).count == 1)
        // The name and the id are known, so it has to hold, whatever else does.
        note.signatures.append(
            SignedNote.Signature(name: key.name, keyID: key.id, bytes: Array(repeating: 0, count: 64)))
        #expect(throws: LogProblem.self) { try note.verified(by: [key]) }
    }

    @Test(
        "What another implementation signed holds, and what we sign is the same",
        arguments: try Vectors<SignedByOthers>.load("signed-notes"))
    func byOthers(_ vector: SignedByOthers) throws {
        let signer = try NoteSigner(
            name: noteName(vector.name), role: vector.role == "log" ? .log : .witness,
            seeds: SecretBytes(count: 64) { $0.copyBytes(from: vector.seeds.bytes) })
        #expect(signer.verifierKeys.map(\.description) == vector.vkeys)
        #expect(try vector.vkeys.map { try VerifierKey($0) } == signer.verifierKeys)
        let note = try SignedNote(parsing: (vector.text + "\n" + vector.lines.joined()).bytes)
        let verified = try note.verified(by: signer.verifierKeys)
        #expect(verified.map(\.time) == [vector.role == "log" ? nil : vector.time, vector.time])
        let ours = try signer.signatures(of: vector.text.bytes, time: vector.time)
        // Ed25519 signs alike every time, ML-DSA does not.
        #expect(ours[0] == note.signatures[0] && ours[1].bytes.count == note.signatures[1].bytes.count)
        #expect(try SignedNote(text: note.text, signatures: ours).verified(by: signer.verifierKeys).count == 2)
    }

    @Test("No bit of a signature, its time or the text can be turned over") func bits() throws {
        for role in [NoteSigner.Role.log, .witness] {
            let signer = try SigningKeys.signer("example.com/w", role)
            let text = "example.com/log\n0\nAAAA\n".bytes
            for (key, signature) in zip(signer.verifierKeys, try signer.signatures(of: text, time: 1_750_000_000)) {
                #expect(key.verifiedTime(signature.bytes, of: text) != nil)
                let count = signature.bytes.count * 8
                for bit in Set(Array(0..<min(count, 200)) + stride(from: 0, to: count, by: 1009) + [count - 1]) {
                    #expect(key.verifiedTime(signature.bytes.flippingBit(bit), of: text) == nil)
                }
                for bit in 0..<text.count * 8 {
                    #expect(key.verifiedTime(signature.bytes, of: text.flippingBit(bit)) == nil)
                }
                #expect(key.verifiedTime(signature.bytes + [0], of: text) == nil)
                #expect(key.verifiedTime([], of: text) == nil)
            }
        }
    }

    @Test("A signature that states no time is none of a witness") func noTime() throws {
        let signer = try SigningKeys.signer("example.com/w", .witness)
        for key in signer.verifierKeys {
            let signature = [UInt8](repeating: 0, count: key.kind.signatureCount)
            #expect(key.verifiedTime(signature, of: "text\n".bytes) == nil)
        }
    }

    @Test(
        "What is no note is refused",
        arguments: [
            "", "\n", "text", "text\n", "text\n\n", "text\n\n— a AAAAAAA=", "text\n\n— a AAAAAAA\n",
            "text\n\n— a AAAAAB==\n",
            "text\n\n— a AAAA\n", "text\n\n- a AAAAAAA=\n", "text\n\n—a AAAAAAA=\n", "text\n\n— a  AAAAAAA=\n",
            "text\n\n— a AAAAAAA= \n", "text\n\n— a+b AAAAAAA=\n", "text\n\n— a\u{a0}b AAAAAAA=\n",
            "text\n\n—  AAAAAAA=\n",
            "text\n\n— a AAAAAAA=\n\n", "text\n\n— a AAAAAAA=\nmore\n", "te\rxt\n\n— a AAAAAAA=\n",
            "te\txt\n\n— a AAAAAAA=\n",
            "te\0xt\n\n— a AAAAAAA=\n", "text\r\n\r\n— a AAAAAAA=\r\n", "text\n— a AAAAAAA=\n",
        ])
    func noNote(_ text: String) { #expect(throws: EncodingError.self) { try SignedNote(parsing: text.bytes) } }

    @Test("Bytes that are no UTF-8 are no note") func notUTF8() {
        #expect(throws: EncodingError.self) { try SignedNote(parsing: [0xFF] + "text\n\n— a AAAAAAA=\n".bytes) }
        #expect(throws: EncodingError.self) {
            try SignedNote(parsing: "text\n\n— a".bytes + [0xC0, 0x80] + " AAAAAAA=\n".bytes)
        }
    }

    @Test("The text may have blank lines of its own, and lines that look like signatures") func lastBlankLine() throws {
        let text = "one\n\n— a AAAAAAA=\n\ntwo\n"
        let note = try SignedNote(parsing: (text + "\n— b AAAAAAE=\n— c AAAAAAI=\n").bytes)
        #expect(note.text == text.bytes && note.signatures.map(\.name.description) == ["b", "c"])
        #expect(note.signatures.map(\.bytes) == [[1], [2]])
    }

    @Test("Sixty-four signatures are read, one more is too much") func many() throws {
        let line = "— a AAAAAAA=\n"
        #expect(try SignedNote(parsing: ("text\n\n" + String(repeating: line, count: 64)).bytes).signatures.count == 64)
        #expect(throws: EncodingError.self) {
            try SignedNote(parsing: ("text\n\n" + String(repeating: line, count: 65)).bytes)
        }
        let signers = try (0..<16).map {
            try SigningKeys.signer("example.com/\($0)", .witness, $0).signatures(of: "t\n".bytes, time: 1)
        }
        let note = try SignedNote(text: "t\n".bytes, signatures: signers.flatMap(\.self))
        #expect(try SignedNote(parsing: note.bytes) == note)
    }

    @Test("Names that only look alike are different names") func canonicalEquivalence() throws {
        // U+212A, the sign of Kelvin, and K are one to whoever compares Swift strings.
        #expect("\u{212A}" == "K")
        #expect(try noteName("\u{212A}") != noteName("K"))
        let key = try VerifierKey(name: noteName("K"), kind: .ed25519, publicKey: SigningKeys.keys()[0].publicKey)
        let other = try VerifierKey(name: noteName("\u{212A}"), kind: .ed25519, publicKey: key.publicKey)
        #expect(key.id != other.id)
    }

    @Test(
        "What is no verifier key is refused",
        arguments: [
            "", "example.com/foo", "example.com/foo+530d903a",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U0=",
            "example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k", "example.com/foo+530d903a+",
        ])
    func noKey(_ text: String) { #expect(throws: EncodingError.self) { try VerifierKey(text) } }

    @Test("Mutated notes are refused or read; what is read is written back as it was") func mutations() throws {
        let good = try Checkpoint(origin: noteName("example.com/log"), tree: .empty).signed(
            by: SigningKeys.log(), time: 7
        ).bytes
        var mutator = Mutator(seed: 1)
        for _ in 0..<3000 {
            let bytes = mutator.mutate(good, donors: [good, Self.example.bytes])
            guard let note = try? SignedNote(parsing: bytes) else { continue }
            #expect(note.bytes == bytes)
        }
    }
}

struct SignedByOthers: Decodable, Sendable {
    var role: String
    var name: String
    var seeds: HexBytes
    var time: UInt64
    var text: String
    var vkeys: [String]
    var lines: [String]
}
