import Primitives
import Sealing

/// What passwords must be like, and how long they hold.
package struct PasswordPolicy: Sendable, Equatable {
    /// 21 CFR 11.300(b) wants passwords "periodically checked, recalled, or revised".
    package enum Ageing: Sendable, Equatable {
        /// It stays as long as somebody looks at it so often and it is in no list of breached ones, as NIST SP 800-63B wants it.
        case review(every: Duration)
        /// It is changed so often.
        case change(every: Duration)
    }

    /// In characters.
    package var minimumLength = 12
    /// In bytes: nobody makes us hash a film.
    package var maximumSize = 1024
    /// How many former ones do not come back.
    package var historyDepth = 5
    package var ageing = Ageing.review(every: .days(365))
    /// How long one that was set by a reset opens the door to choosing another.
    package var temporaryLifetime = Duration.hours(24)
    /// How long nothing is signed after others gave him one, so that its owner has time to hear of it.
    package var signingBlock = Duration.hours(24)
    package var parameters = ScryptParameters.standard

    package init() {}
}

/// What is wrong with a password that somebody wants to have.
package enum PasswordComplaint: Error, Sendable, Equatable {
    case tooShort(minimum: Int)
    case tooLong(maximum: Int)
    case notText
    case breached
    /// It is the login name, or has it inside.
    case likeName
    case usedBefore
}

extension PasswordPolicy {
    /// What can be said without the former ones. There are no rules on kinds of characters: length and lists are what helps.
    func complaint(
        about password: borrowing SecretBytes, of name: LoginName, breaches: BreachList
    ) -> PasswordComplaint? {
        guard password.count <= maximumSize else { return .tooLong(maximum: maximumSize) }
        let length = password.withUnsafeBytes { Self.characters($0) }
        guard let length else { return .notText }
        guard length >= minimumLength else { return .tooShort(minimum: minimumLength) }
        if password.withUnsafeBytes({ Self.contains($0, Array(name.description.utf8)) }) { return .likeName }
        return breaches.contains(password) ? .breached : nil
    }

    /// The number of code points of valid UTF-8 without zeros; no copy of them is made.
    private static func characters(_ bytes: UnsafeRawBufferPointer) -> Int? {
        var iterator = bytes.makeIterator()
        var decoder = UTF8()
        var count = 0
        while true {
            switch decoder.decode(&iterator) {
            // scrypt cannot tell a password from the same one with zeros behind it: HMAC fills its keys up with them.
            case .scalarValue(let scalar) where scalar.value == 0: return nil
            case .scalarValue: count += 1
            case .emptyInput: return count
            case .error: return nil
            }
        }
    }

    /// Names are lower case; a password that has one in capitals is no better.
    private static func contains(_ bytes: UnsafeRawBufferPointer, _ name: [UInt8]) -> Bool {
        guard name.count >= 4, bytes.count >= name.count else { return false }
        return (0...bytes.count - name.count).contains { start in
            name.indices.allSatisfy { i in
                let byte = bytes[start + i]
                return ((0x41...0x5A).contains(byte) ? byte | 0x20 : byte) == name[i]
            }
        }
    }
}
