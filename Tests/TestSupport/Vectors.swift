import Foundation

/// A file of TestVectors/: where its values come from, and the values.
package struct Vectors<Case: Decodable>: Decodable {
    package var source: String
    package var cases: [Case]

    package static func load(_ name: String, as type: Case.Type = Case.self) throws -> [Case] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let bytes = try Data(contentsOf: root.appending(path: "TestVectors/\(name).json"))
        return try JSONDecoder().decode(Vectors<Case>.self, from: bytes).cases
    }
}

/// Bytes that a vector file has in hexadecimal.
package struct HexBytes: Decodable, Sendable, Equatable {
    package var bytes: [UInt8]

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let digits = Array(try container.decode(String.self).utf8)
        bytes = try stride(from: 0, to: digits.count, by: 2).map { i in
            guard i + 1 < digits.count, let byte = UInt8(String(decoding: digits[i...i + 1], as: UTF8.self), radix: 16)
            else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not hexadecimal")
            }
            return byte
        }
    }
}

extension [UInt8] {
    /// A copy with one bit turned over.
    package func flippingBit(_ bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}
