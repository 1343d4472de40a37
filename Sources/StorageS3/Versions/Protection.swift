import Primitives
import Storage

/// What keeps a version from being removed, as the headers of an answer say.
struct Protection: Sendable, Equatable {
    /// Nil where there is none, or where it has ended by the server's clock.
    var lock: ObjectLock?
    var isHeld: Bool

    init(_ answer: S3Answer) {
        isHeld = answer.header("x-amz-object-lock-legal-hold") == "ON"
        lock = Self.lock(
            answer.header("x-amz-object-lock-mode"), answer.header("x-amz-object-lock-retain-until-date"),
            at: answer.date)
    }

    /// A lock as the protocol spells it. Nil when it is over, or is none.
    static func lock(_ mode: String?, _ until: String?, at now: Timestamp?) -> ObjectLock? {
        guard let mode = mode.flatMap({ ObjectLock.Mode(rawValue: $0.lowercased()) }),
            let until = until.flatMap({ timestamp($0) })
        else { return nil }
        if let now, until <= now { return nil }
        return ObjectLock(mode: mode, until: until)
    }

    /// "2026-11-24T23:48:57Z", also with fractions, which are left away: a lock is never taken for longer than it is.
    static func timestamp(_ text: String) -> Timestamp? {
        guard let dot = text.firstIndex(of: ".") else { return Timestamp(description: text) }
        let fraction = text[text.index(after: dot)...]
        guard fraction.last == "Z", fraction.count > 1,
            fraction.dropLast().utf8.allSatisfy({ (0x30...0x39).contains($0) })
        else { return nil }
        return Timestamp(description: text[..<dot] + "Z")
    }
}

extension ObjectLock.Mode {
    var word: String { rawValue.uppercased() }
}
