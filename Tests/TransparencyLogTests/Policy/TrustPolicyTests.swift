import Primitives
import TestSupport
import Testing

@testable import TransparencyLog

@Suite struct TrustPolicyTests {
    private let log: VerifierKey
    private let logMLDSA: VerifierKey
    private let witnesses: [VerifierKey]

    init() throws {
        let keys = try SigningKeys.keys()
        (log, logMLDSA) = (keys[0], keys[1])
        witnesses = try (1...4).map { try SigningKeys.signer("example.com/w\($0)", .witness, 40 + $0).verifierKeys[0] }
    }

    /// The specification's example, with keys: two of three and one of one.
    private var example: String {
        """
        # whom we believe
        log \(log)

        witness X1 \(witnesses[0]) https://example.com/x1
        \twitness X2 \(witnesses[1])
        witness  X3\t\(witnesses[2])
        group X-witnesses 2 X1 X2 X3
        witness Y1 \(witnesses[3])
        group Y-witnesses any Y1
        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y

        """
    }

    @Test("A quorum of groups is what the file says") func quorum() throws {
        let policy = try TrustPolicy(example)
        func isEnough(_ names: String...) -> Bool { policy.isQuorum(Set(names.map(\.bytes))) }
        #expect(isEnough("X1", "X2", "Y1") && isEnough("X2", "X3", "Y1") && isEnough("X1", "X2", "X3", "Y1"))
        #expect(!isEnough() && !isEnough("X1", "Y1") && !isEnough("X1", "X2", "X3") && !isEnough("X1", "X2", "Z"))
        // The names of groups are not those of witnesses.
        #expect(!isEnough("X-and-Y") && !isEnough("X-witnesses", "Y-witnesses"))
        #expect(policy.witnesses[0].url == "https://example.com/x1".bytes)
        #expect(try TrustPolicy(parsing: policy.bytes) == policy)
    }

    @Test("A checkpoint needs the log's signature and the quorum's, and each known signature has to hold")
    func verification() throws {
        let policy = try TrustPolicy(example)
        let checkpoint = try Checkpoint(origin: noteName("example.com/log"), tree: .empty)
        var note = try checkpoint.signed(by: SigningKeys.log(), time: 5)
        #expect(throws: LogProblem.unsigned("bears the signatures of 0 witnesses, which are not enough")) {
            try policy.verified(note)
        }
        for number in [1, 2, 4] as [UInt8] {
            note.signatures += try SigningKeys.signer("example.com/w\(number)", .witness, 40 + number).signatures(
                of: note.text, time: 1_750_000_000)
        }
        let (found, signatures) = try policy.verified(SignedNote(parsing: note.bytes))
        #expect(found == checkpoint && signatures.count == 4 && signatures.last?.time == 1_750_000_000)
        var without = note
        without.signatures.removeFirst(2)
        #expect(throws: LogProblem.unsigned("bears no signature of a trusted key of the log")) {
            try policy.verified(without)
        }
        var broken = note
        broken.signatures[2].bytes[20] ^= 1
        #expect(throws: LogProblem.unsigned("bears a signature of 'example.com/w1' that does not hold")) {
            try policy.verified(broken)
        }
        let other = try Checkpoint(origin: noteName("example.com/log2"), tree: .empty).signed(
            by: SigningKeys.log(), time: 5)
        #expect(throws: LogProblem.otherLog("example.com/log2")) { try policy.verified(other) }
    }

    @Test("Both signatures of a log can be demanded, and so can witnesses beside them") func both() throws {
        let policy = try TrustPolicy.demanding(bothOf: [log, logMLDSA])
        let checkpoint = try Checkpoint(origin: noteName("example.com/log"), tree: .empty)
        let note = try checkpoint.signed(by: SigningKeys.log(), time: 5)
        #expect(try policy.verified(note).signatures.count == 2)
        for missing in 0...1 {
            var one = note
            one.signatures.remove(at: missing)
            #expect(throws: LogProblem.self) { try policy.verified(one) }
        }
        let stricter = try TrustPolicy.demanding(
            bothOf: [log, logMLDSA], witnesses: [("second-site", witnesses[0]), ("auditor", witnesses[1])], threshold: 1
        )
        #expect(throws: LogProblem.self) { try stricter.verified(note) }
        var cosigned = note
        cosigned.signatures += try SigningKeys.signer("example.com/w2", .witness, 42).signatures(of: note.text, time: 9)
        #expect(try stricter.verified(cosigned).checkpoint == checkpoint)
        #expect(try TrustPolicy(parsing: stricter.bytes) == stricter)
    }

    @Test("A file that says something else, or says it twice, is refused") func wrong() throws {
        let (x, y) = (witnesses[0].description, witnesses[1].description)
        let renamed = try VerifierKey(
            name: noteName("example.com/other"), kind: .cosignature, publicKey: witnesses[0].publicKey)
        let texts = [
            "", "quorum none", "log \(log)\n", "quorum none\nquorum none\n", "quorum\n", "quorum A\n",
            "quorum none none\n",
            "quorum A\nwitness A \(x)\n", "witness none \(x)\nquorum none\n",
            "witness A \(x)\nwitness A \(y)\nquorum A\n",
            "witness A \(x)\nwitness B \(x)\nquorum A\n", "witness A \(x)\nwitness B \(renamed)\nquorum A\n",
            "log \(log)\nlog \(log)\nquorum none\n", "log \(x)\nquorum none\n", "witness A \(log)\nquorum A\n",
            "log\nquorum none\n",
            "log \(log) a b\nquorum none\n", "witness A\nquorum none\n", "witness A \(x) u v\nquorum none\n",
            "log nonsense\nquorum none\n",
            "group G any\nquorum none\n", "group G any A\nquorum G\n", "witness A \(x)\ngroup A any A\nquorum A\n",
            "witness A \(x)\ngroup G 0 A\nquorum G\n", "witness A \(x)\ngroup G 2 A\nquorum G\n",
            "witness A \(x)\ngroup G 01 A\nquorum G\n",
            "witness A \(x)\ngroup G one A\nquorum G\n", "witness A \(x)\ngroup G all A A\nquorum G\n",
            "witness A \(x)\ngroup G all A\ngroup H all A\nquorum G\n", "witness A \(x)\ngroup G all none\nquorum G\n",
            "witness A \(x)\r\nquorum A\r\n", "witness A \(x)\nquorum a\n", "trust me\nquorum none\n",
            "quorum none\n\u{7f}\n",
        ]
        for text in texts { #expect(throws: EncodingError.self, "\(text)") { try TrustPolicy(text) } }
        #expect(try TrustPolicy("quorum none\n").isQuorum([]))
        #expect(try TrustPolicy("# only\n\n \t\n  # this\nquorum none\n").logs.isEmpty)
        #expect(throws: EncodingError("has a witness with a log's kind of key, in line 2")) {
            try TrustPolicy("\nwitness A \(log)\nquorum A\n")
        }
    }

    @Test("Names are bytes: Kelvin's sign is not K, and what is no UTF-8 is a name too") func names() throws {
        let kelvin = "witness K \(witnesses[0])\nwitness \u{212A} \(witnesses[1])\ngroup G all K \u{212A}\nquorum G\n"
        let policy = try TrustPolicy(kelvin)
        #expect(policy.isQuorum(["K".bytes, "\u{212A}".bytes]) && !policy.isQuorum(["K".bytes]))
        let bytes = "witness ".bytes + [0xFF] + " \(witnesses[0])\nquorum ".bytes + [0xFF, 0x0A]
        #expect(try TrustPolicy(parsing: bytes).quorum == [0xFF] && TrustPolicy(parsing: bytes).bytes == bytes)
    }

    @Test("Mutated files are refused or read, and what is read is written so that it is read again") func mutations()
        throws
    {
        var mutator = Mutator(seed: 3)
        let good = example.bytes
        for _ in 0..<2000 {
            guard let policy = try? TrustPolicy(parsing: mutator.mutate(good, donors: [good])) else { continue }
            #expect(try TrustPolicy(parsing: policy.bytes) == policy)
        }
    }
}
