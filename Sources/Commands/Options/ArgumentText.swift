/// Carries arguments that are not UTF-8 through a parser that knows only text: each byte that does not fit becomes a code point of
/// its own in a private plane, and is taken back where the bytes matter.
enum ArgumentText {
    private static let base: UInt32 = 0x10FE00

    /// Text that `decode` turns back into exactly `bytes`.
    static func encode(_ bytes: [UInt8]) -> String {
        let plain = String(decoding: bytes, as: UTF8.self)
        if plain.utf8.elementsEqual(bytes), !plain.unicodeScalars.contains(where: isCarrier) { return plain }
        var text = String.UnicodeScalarView()
        var rest = bytes[...]
        while let byte = rest.first {
            if let scalar = scalar(at: rest), !isCarrier(scalar) {
                text.append(scalar)
                rest = rest.dropFirst(String(scalar).utf8.count)
            } else {
                if let carrier = Unicode.Scalar(base + UInt32(byte)) { text.append(carrier) }
                rest = rest.dropFirst()
            }
        }
        return String(text)
    }

    static func decode(_ text: String) -> [UInt8] {
        guard text.unicodeScalars.contains(where: isCarrier) else { return Array(text.utf8) }
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            if isCarrier(scalar) {
                bytes.append(UInt8(scalar.value - base))
            } else {
                bytes.append(contentsOf: String(scalar).utf8)
            }
        }
        return bytes
    }

    private static func isCarrier(_ scalar: Unicode.Scalar) -> Bool { (base..<base + 256).contains(scalar.value) }

    private static func scalar(at bytes: ArraySlice<UInt8>) -> Unicode.Scalar? {
        var decoder = UTF8()
        var iterator = bytes.prefix(4).makeIterator()
        guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
        return scalar
    }
}

/// Paths as a person gives them.
enum GivenPath {
    /// Absolute and without `.`, `..` and doubled slashes, by the letters alone: no link is followed.
    static func absolute(_ path: [UInt8], from directory: [UInt8]) -> [UInt8] {
        let whole = path.first == 0x2F ? path : directory + [0x2F] + path
        var parts: [ArraySlice<UInt8>] = []
        for part in whole.split(separator: 0x2F) {
            if part.elementsEqual(".".utf8) { continue }
            if part.elementsEqual("..".utf8) { _ = parts.popLast() } else { parts.append(part) }
        }
        return [0x2F] + Array(parts.joined(separator: [0x2F]))
    }
}
