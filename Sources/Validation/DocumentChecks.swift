/// JPEG (ITU-T T.81): begins with SOI and a marker, and ends with EOI; what is between has no checksums.
struct JPEGCheck: ContentCheck {
    private var ends = Ends(head: 3, tail: 4096)
    mutating func take(_ bytes: UnsafeRawBufferPointer) { ends.take(bytes) }

    func verdict() -> Validity {
        guard ends.head == [0xFF, 0xD8, 0xFF] else { return .damaged("does not begin as a JPEG does") }
        // Cameras put something behind the end.
        return ends.tail.lastOffset(of: [0xFF, 0xD9]) == nil ? .damaged("has no end: it was cut off") : .valid
    }
}

/// PDF (ISO 32000): the header, and at the end the place of the table of objects, which has to be inside.
struct PDFCheck: ContentCheck {
    private var ends = Ends(head: 1024, tail: 2048)
    mutating func take(_ bytes: UnsafeRawBufferPointer) { ends.take(bytes) }

    func verdict() -> Validity {
        guard ends.head.lastOffset(of: Array("%PDF-".utf8)) != nil else {
            return .damaged("does not begin as a PDF does")
        }
        guard let end = ends.tail.lastOffset(of: Array("%%EOF".utf8)),
            let start = ends.tail[..<end].lastOffset(of: Array("startxref".utf8))
        else { return .damaged("has no end: it was cut off") }
        let digits = ends.tail[(start + 9)..<end].drop { !(0x30...0x39).contains($0) }.prefix {
            (0x30...0x39).contains($0)
        }
        guard let place = UInt64(String(decoding: digits, as: UTF8.self)), place < ends.count else {
            return .damaged("names a table of its objects that is not in it")
        }
        return .valid
    }
}

/// ZIP (APPNOTE.TXT), and what is made of it: the directory at the end is where the end says, and as long. The members' checksums are not looked at.
struct ZIPCheck: ContentCheck {
    private var ends = Ends(head: 4, tail: 65_557)
    mutating func take(_ bytes: UnsafeRawBufferPointer) { ends.take(bytes) }

    func verdict() -> Validity {
        let isEmpty = ends.head == [0x50, 0x4B, 5, 6]
        guard isEmpty || ends.head == [0x50, 0x4B, 3, 4] else { return .damaged("does not begin as a ZIP does") }
        guard let end = ends.tail.lastOffset(of: [0x50, 0x4B, 5, 6]), ends.tail.count >= end + 22 else {
            return .damaged("has no directory: it was cut off")
        }
        func number(_ offset: Int) -> UInt64 {
            ends.tail[(end + offset)..<(end + offset + 4)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        }
        let (size, offset) = (number(12), number(16))
        // ZIP64 has its numbers elsewhere.
        guard offset != 0xFFFF_FFFF, size != 0xFFFF_FFFF else { return .valid }
        let place = ends.count - UInt64(ends.tail.count) + UInt64(end)
        return offset + size == place ? .valid : .damaged("has a directory that is not where its end says")
    }
}

/// A database file of SQLite (https://sqlite.org/fileformat.html): its header, and whole pages. What is in them 'integrity_check' looks at.
struct SQLiteFileCheck: ContentCheck {
    private var ends = Ends(head: 100, tail: 0)
    mutating func take(_ bytes: UnsafeRawBufferPointer) { ends.take(bytes) }

    func verdict() -> Validity {
        // Nothing has been written into it yet.
        if ends.count == 0 { return .valid }
        guard ends.head.starts(with: Array("SQLite format 3\0".utf8)), ends.head.count == 100 else {
            return .damaged("does not begin as a database of SQLite does")
        }
        let written = UInt64(ends.head[16]) << 8 | UInt64(ends.head[17])
        let page = written == 1 ? 65_536 : written
        guard page >= 512, page & (page - 1) == 0 else { return .damaged("has pages of \(page) bytes, which none has") }
        return ends.count % page == 0 ? .valid : .damaged("ends in the middle of a page")
    }
}

/// Text: UTF-8, or one byte for each letter, without what no text has. Encrypted content is found with certainty beyond a few hundred bytes.
struct TextCheck: ContentCheck {
    private var count: UInt64 = 0
    private var strange: UInt64 = 0
    private var isUTF16 = false

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        if count == 0, bytes.count >= 2 { isUTF16 = [[0xFF, 0xFE], [0xFE, 0xFF]].contains(Array(bytes.prefix(2))) }
        count += UInt64(bytes.count)
        for byte in bytes where byte < 0x20 && !(0x07...0x0D).contains(byte) && byte != 0x1B { strange += 1 }
    }

    func verdict() -> Validity {
        if isUTF16 { return .unknown }
        return strange == 0 ? .valid : .damaged("has \(strange) bytes that no text has")
    }
}

/// POSIX tar (IEEE 1003.1): every header has a checksum, and two empty blocks are the end.
struct TarCheck: ContentCheck {
    private var block: [UInt8] = []
    /// Of a member's content, in bytes rounded up to blocks.
    private var left: UInt64 = 0
    private var members = 0
    private var empty = 0
    private var problem: String?

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        var rest = bytes[...]
        while !rest.isEmpty, problem == nil, empty < 2 {
            if left > 0 {
                let skipped = min(left, UInt64(rest.count))
                left -= skipped
                rest = rest.dropFirst(Int(skipped))
                continue
            }
            let part = rest.prefix(512 - block.count)
            block += part
            rest = rest.dropFirst(part.count)
            if block.count == 512 { header() }
        }
    }

    private mutating func header() {
        defer { block = [] }
        if block.allSatisfy({ $0 == 0 }) { return empty += 1 }
        guard empty == 0 else { return problem = "goes on behind an empty block" }
        let sum = block.enumerated().reduce(UInt64(0)) {
            $0 + ((148..<156).contains($1.offset) ? 32 : UInt64($1.element))
        }
        guard Self.number(block[148..<156]) == sum else {
            return problem = "has a wrong checksum behind its member \(members)"
        }
        guard let size = Self.number(block[124..<136]) else { return problem = "has a member without a size" }
        members += 1
        left = (size + 511) / 512 * 512
    }

    /// Octal digits, or with the first bit set a binary number, as large files have it.
    private static func number(_ field: ArraySlice<UInt8>) -> UInt64? {
        if let first = field.first, first & 0x80 != 0 {
            return field.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        }
        let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
        return digits.isEmpty ? nil : digits.reduce(0) { $0 << 3 | UInt64($1 - 0x30) }
    }

    func verdict() -> Validity {
        if let problem { return .damaged(problem) }
        return empty == 2 && block.isEmpty ? .valid : .damaged("ends in the middle")
    }
}
