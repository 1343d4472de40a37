import Primitives
import TestSupport
import Testing

@testable import Sealing

@Suite struct SecretSharingTests {
    struct Case: Decodable {
        var threshold, shares: Int
        var recipient, secret: HexBytes
        var printed: [String]
    }

    private static func subsets(of count: Int, size: Int) -> [[Int]] {
        (0..<1 << count).filter { $0.nonzeroBitCount == size }.map { mask in (0..<count).filter { mask >> $0 & 1 == 1 }
        }
    }

    private let secret: [UInt8] = Array(100..<132)
    private let recipient = RecipientID(Prefix16(high: 1, low: 2))

    private func split(_ threshold: Int, _ shares: Int, seed: UInt64 = 50) throws -> [SecretShare] {
        var generator = SeededGenerator(seed: seed)
        return try SecretSharing.split(
            secret: secret.secret, of: recipient, threshold: threshold, shares: shares, using: &generator)
    }

    // MARK: The field

    @Test func theFieldIsThatOfAES() {
        // FIPS 197, section 4.2: {57} • {83} = {c1}, {57} • {13} = {fe}.
        #expect(SecretSharing.Field.product(0x57, 0x83) == 0xC1)
        #expect(SecretSharing.Field.product(0x57, 0x13) == 0xFE)
        for x in UInt8(0)...255 {
            #expect(SecretSharing.Field.product(x, 1) == x && SecretSharing.Field.product(0, x) == 0)
            #expect(SecretSharing.Field.product(x, SecretSharing.Field.inverse(x)) == (x == 0 ? 0 : 1))
            for y in x...255 { #expect(SecretSharing.Field.product(x, y) == SecretSharing.Field.product(y, x)) }
        }
    }

    // MARK: Splitting and joining

    @Test func anyThreeOfFiveRestoreAndAnyTwoDoNot() throws {
        let shares = try split(3, 5)
        #expect(shares.map(\.x) == [1, 2, 3, 4, 5])
        for size in 3...5 {
            for subset in Self.subsets(of: 5, size: size) {
                let joined = try SecretSharing.join(subset.reversed().map { shares[$0] }).revealed
                #expect(joined == secret)
            }
        }
        for size in 1...2 {
            for subset in Self.subsets(of: 5, size: size) {
                #expect(throws: ShareProblem.tooFew(have: size, needed: 3)) {
                    _ = try SecretSharing.join(subset.map { shares[$0] })
                }
            }
        }
        #expect(throws: ShareProblem.tooFew(have: 0, needed: nil)) { _ = try SecretSharing.join([]) }
    }

    /// Two shares that lie about their threshold give a value that has nothing to do with the secret.
    @Test func twoOfThreeTellNothing() throws {
        for seed in 0..<20 {
            let forged = try split(3, 5, seed: UInt64(seed)).prefix(2).map { share in
                SecretShare(threshold: 2, shares: 5, x: share.x, recipient: share.recipient, value: share.value.copy())
            }
            let joined = try SecretSharing.join(forged).revealed
            #expect(zip(joined, secret).count { $0 == $1 } < 6)
        }
    }

    @Test func oneShareIsSpreadEvenlyWhateverTheSecret() throws {
        var generator = SystemRandomNumberGenerator()
        var histogram = [Int](repeating: 0, count: 256)
        let zeros = SecretBytes(count: 32) { _ in }
        for _ in 0..<400 {
            let shares = try SecretSharing.split(
                secret: zeros, of: recipient, threshold: 2, shares: 2, using: &generator)
            for byte in shares[1].value.revealed { histogram[Int(byte)] += 1 }
        }
        // 12,800 draws, 50 expected a value: chance leaves 5 to 120 once in more than a thousand million runs.
        #expect(histogram.allSatisfy { (5...120).contains($0) })
    }

    @Test func sharesOfAnotherImplementationJoin() throws {
        for vector in try Vectors<Case>.load("escrow-share") {
            let shares = try SecretShare.read(vector.printed)
            #expect(shares.map(\.printed) == vector.printed)
            #expect(
                shares.allSatisfy {
                    $0.recipient.bytes == vector.recipient.bytes && Int($0.threshold) == vector.threshold
                })
            let last = try SecretSharing.join(Array(shares.suffix(vector.threshold))).revealed
            #expect(last == vector.secret.bytes)
            let all = try SecretSharing.join(shares).revealed
            #expect(all == vector.secret.bytes)
        }
    }

    @Test(arguments: [(1, 3), (0, 0), (4, 3), (2, 256), (-1, 5), (2, 1)])
    func impossibleNumbersAreRefused(threshold: Int, shares: Int) {
        let problem = ShareProblem.impossible(threshold: threshold, shares: shares)
        #expect(throws: problem) { try split(threshold, shares) }
        #expect(problem.failure.code == .usage)
    }

    @Test func theSystemsGeneratorMakesAnotherSplittingEachTime() throws {
        let first = try SecretSharing.split(secret: secret.secret, of: recipient, threshold: 2, shares: 3)
        let second = try SecretSharing.split(secret: secret.secret, of: recipient, threshold: 2, shares: 3)
        #expect(first[0].printed != second[0].printed)
        #expect(throws: ShareProblem.inconsistent) { _ = try SecretSharing.join([first[0], first[1], second[2]]) }
    }

    // MARK: Refusals

    @Test func mixedSharesAreRefused() throws {
        let shares = try split(2, 3)
        let other = try SecretSharing.split(secret: secret.secret, of: RecipientID.random(), threshold: 2, shares: 3)
        #expect(throws: ShareProblem.otherRecipient(position: 2)) { _ = try SecretSharing.join([shares[0], other[1]]) }
        #expect(throws: ShareProblem.otherSplitting(position: 2)) {
            _ = try SecretSharing.join([shares[0], split(3, 3)[1]])
        }
        #expect(throws: ShareProblem.otherSplitting(position: 3)) {
            _ = try SecretSharing.join([shares[0], shares[1], split(2, 4)[3]])
        }
        #expect(throws: ShareProblem.repeated(position: 3, earlier: 1)) {
            _ = try SecretSharing.join([shares[2], shares[1], shares[2]])
        }
    }

    @Test func everyMistypedDigitIsNoticedAndItsShareNamed() throws {
        let printed = try split(2, 3).map(\.printed)
        let digits = Array(printed[1])
        for i in SecretShare.prefix.count..<digits.count {
            var typed = digits
            typed[i] = digits[i] == "0" ? "1" : "0"
            #expect(throws: ShareProblem.mistyped(position: 2)) {
                _ = try SecretShare.read([printed[0], String(typed)])
            }
        }
    }

    @Test func whatIsNoShareIsRefusedForWhatItIs() throws {
        let share = try split(2, 3)[0].printed
        let cases: [(String, ShareProblem)] = [
            ("", .notAShare(position: 1)), ("SAFEHOLD-SHARE-2:" + share.dropFirst(17), .notAShare(position: 1)),
            (String(share.dropFirst(17)), .notAShare(position: 1)),
            (String(share.dropLast()), .wrongLength(position: 1, digits: 109, expected: 110)),
            (share + "00", .wrongLength(position: 1, digits: 112, expected: 110)),
            (SecretShare.prefix, .wrongLength(position: 1, digits: 0, expected: 110)),
            (share.dropLast() + "g", .notHexadecimal(position: 1)),
        ]
        for (text, problem) in cases {
            #expect(throws: problem) { try SecretShare(printed: text) }
            #expect(problem.failure.code == .shareInvalid)
        }
    }

    @Test(arguments: [(1, 3, 1), (0, 0, 0), (4, 3, 1), (2, 3, 0), (2, 3, 4)] as [(UInt8, UInt8, UInt8)])
    func numbersThatNoSplittingHasAreRefused(threshold: UInt8, shares: UInt8, x: UInt8) {
        let forged = SecretShare(threshold: threshold, shares: shares, x: x, recipient: recipient, value: secret.secret)
            .printed
        #expect(throws: ShareProblem.meaningless(position: 1)) { try SecretShare(printed: forged) }
    }

    @Test func whiteSpaceAndCapitalsDoNotMatter() throws {
        let share = try split(2, 3)[0]
        let digits = share.printed.dropFirst(SecretShare.prefix.count).uppercased()
        let typed = "  \(SecretShare.prefix) \(digits.prefix(30))\n\t\(digits.dropFirst(30))\r\n"
        #expect(try SecretShare(printed: typed).printed == share.printed)
    }

    @Test func everyProblemSaysWhatToDo() {
        let problems: [ShareProblem] = [
            .impossible(threshold: 1, shares: 1), .notAShare(position: 1),
            .wrongLength(position: 1, digits: 1, expected: 2),
            .notHexadecimal(position: 1), .mistyped(position: 2), .meaningless(position: 1),
            .otherRecipient(position: 2),
            .otherSplitting(position: 2), .repeated(position: 2, earlier: 1), .tooFew(have: 1, needed: 2),
            .inconsistent,
        ]
        #expect(Set(problems.map(\.failure.message)).count == problems.count)
        #expect(problems.allSatisfy { !$0.failure.advice.isEmpty })
        #expect(ShareProblem.mistyped(position: 2).failure.message == "Share 2 is mistyped: its checksum does not fit.")
        #expect(ShareProblem.tooFew(have: 1, needed: 2).failure.message == "One share was given, and 2 are needed.")
    }
}
