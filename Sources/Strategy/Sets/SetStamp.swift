import Primitives

/// The moment that the components of one run share, to the second: 20261125T000000Z, in UTC. It names exports, and the tag
/// `set=STAMP` binds the snapshots of a set together.
package struct SetStamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// On a whole second.
    package let time: Timestamp

    package init(_ time: Timestamp) {
        let second: Int64 = 1_000_000_000
        self.time = Timestamp(nanoseconds: time.nanoseconds.dividedFloor(by: second) * second)
    }

    /// Nil for every spelling but that of `description`, and for days and hours that do not exist.
    package init?(_ text: some StringProtocol) {
        let digits = Array(text.utf8)
        guard digits.count == 16, digits[8] == UInt8(ascii: "T"), digits[15] == UInt8(ascii: "Z") else { return nil }
        func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
        let long =
            "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))Z"
        guard let time = Timestamp(description: long) else { return nil }
        self.time = time
    }

    package var description: String {
        time.description.replacing("-", with: "").replacing(":", with: "")
    }

    package static func < (x: SetStamp, y: SetStamp) -> Bool { x.time < y.time }

    package static let tagPrefix = "set="
    package var tag: String { Self.tagPrefix + description }
}
