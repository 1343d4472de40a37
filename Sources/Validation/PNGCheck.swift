import CDeflate

/// Portable Network Graphics (ISO/IEC 15948): every chunk has a checksum, and the last one is IEND.
struct PNGCheck: ContentCheck {
    private enum Step: Equatable { case signature, length, body(left: UInt64), checksum, ended, wrong(String) }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    private var step = Step.signature
    private var kept: [UInt8] = []
    private var type: [UInt8] = []
    private var crc: UInt32 = 0
    private var chunks = 0

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty {
            switch step {
            case .wrong: return
            case .ended: return step = .wrong("goes on behind its end")
            case .body(let left):
                let part = rest.prefix(Int(clamping: left))
                crc = libdeflate_crc32(crc, UnsafeRawBufferPointer(rebasing: part).baseAddress, part.count)
                rest = rest.dropFirst(part.count)
                step = left == UInt64(part.count) ? .checksum : .body(left: left - UInt64(part.count))
            case .signature, .length, .checksum:
                let wanted = step == .checksum ? 4 : 8
                let part = rest.prefix(wanted - kept.count)
                kept += part
                rest = rest.dropFirst(part.count)
                if kept.count == wanted { field() }
            }
        }
    }

    private mutating func field() {
        defer { kept = [] }
        let number = kept.prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        switch step {
        case .signature: step = kept == Self.signature ? .length : .wrong("does not begin as a PNG does")
        case .length:
            type = Array(kept[4...])
            guard number <= 0x7FFF_FFFF, type.allSatisfy({ (0x41...0x5A).contains($0 & 0xDF) }) else {
                return step = .wrong("has a chunk that is none after \(chunks) that are")
            }
            crc = type.withUnsafeBytes { libdeflate_crc32(0, $0.baseAddress, $0.count) }
            step = number == 0 ? .checksum : .body(left: UInt64(number))
        default:
            guard number == crc else { return step = .wrong("has a wrong checksum in its chunk \(chunks + 1)") }
            chunks += 1
            step = type.elementsEqual("IEND".utf8) ? .ended : .length
        }
    }

    func verdict() -> Validity {
        switch step {
        case .ended: .valid
        case .wrong(let why): .damaged(why)
        default: .damaged("ends in the middle")
        }
    }
}
