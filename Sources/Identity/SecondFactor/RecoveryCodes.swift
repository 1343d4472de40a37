import Primitives
import Sealing

/// Codes on paper for the day when the authenticator is gone. Each is good once; only digests are kept.
package struct RecoveryCodes: Sendable, Equatable {
    package static let count = 10
    /// 80 bits, four groups of four characters: too many to be guessed, so a fast digest is enough.
    private static let characterCount = 16

    var unused: Set<Digest32> = []

    package var remaining: Int { unused.count }

    package init() {}

    /// New ones, and their texts, which are shown once. Former ones are void. `generator` must be one for keys.
    package static func make(
        for person: PersonID, using generator: inout some RandomNumberGenerator
    ) -> (codes: RecoveryCodes, texts: [String]) {
        var codes = RecoveryCodes()
        var texts: [String] = []
        while texts.count < count {
            let plain = (0..<characterCount).map { _ in Base32.alphabet[Int(generator.next() >> 59)] }
            guard codes.unused.insert(digest(plain, person)).inserted else { continue }
            texts.append(grouped(plain))
        }
        return (codes, texts)
    }

    /// The digest of an unused code; nil for every other text. Capitals, dashes and spaces do not matter.
    package func find(_ text: String, of person: PersonID) -> Digest32? {
        let plain = text.uppercased().utf8.filter { $0 != 0x2D && $0 != 0x20 }
        guard plain.count == Self.characterCount else { return nil }
        let digest = Self.digest(plain, person)
        return unused.contains(digest) ? digest : nil
    }

    package mutating func use(_ code: Digest32) { unused.remove(code) }

    /// Bound to the person: who may write to the catalog cannot give his own codes to another.
    private static func digest(_ plain: [UInt8], _ person: PersonID) -> Digest32 {
        SHA256Digest.of(Array("safehold v1 recovery code".utf8) + person.bytes + plain)
    }

    private static func grouped(_ plain: [UInt8]) -> String {
        stride(from: 0, to: plain.count, by: 4).map { String(decoding: plain[$0..<$0 + 4], as: UTF8.self) }
            .joined(separator: "-")
    }
}
