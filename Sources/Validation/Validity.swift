/// Whether a file's content is what its type promises (EMG-3).
package enum Validity: Sendable, Equatable {
    case valid
    /// Why not, as the end of a sentence that begins with the file's name.
    case damaged(String)
    /// Nothing can be said of this type, or of content like this.
    case unknown
}

/// Looks at a file's content as it comes, from its first byte to its last.
package protocol ContentCheck {
    mutating func take(_ bytes: UnsafeRawBufferPointer)
    /// Of all that was taken.
    func verdict() -> Validity
    /// Which parts are damaged, where there are such that can be told apart. Complete only where `verdict` is that of a damaged one.
    var damagedParts: [String] { get }
}

extension ContentCheck {
    package var damagedParts: [String] { [] }
}

/// Which check a file has, by its name.
package enum ContentChecks {
    /// Nil where nothing checks its type. Case does not matter.
    package static func check(of path: some Sequence<UInt8>) -> (any ContentCheck)? {
        let name = path.split(separator: 0x2F).last ?? []
        guard let point = name.lastIndex(of: 0x2E) else { return nil }
        let ending = String(decoding: name[name.index(after: point)...], as: UTF8.self).lowercased()
        return switch ending {
        case "png": PNGCheck()
        case "jpg", "jpeg": JPEGCheck()
        case "pdf": PDFCheck()
        case "zip", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jar", "epub": ZIPCheck()
        case "tar": TarCheck()
        case "json": JSONCheck()
        case "sqlite", "sqlite3", "db": SQLiteFileCheck()
        case "xml", "xsd", "xsl", "xslt", "svg": XMLCheck()
        case "yaml", "yml": YAMLCheck()
        case "txt", "csv", "md", "html", "sql", "ini", "conf", "log", "swift", "py", "c", "h",
            "js", "ts", "java", "sh":
            TextCheck()
        default: nil
        }
    }
}

/// The beginning and the end of what passes by.
struct Ends: Sendable {
    private(set) var head: [UInt8] = []
    private(set) var tail: [UInt8] = []
    private(set) var count: UInt64 = 0
    let (longestHead, longestTail): (Int, Int)

    init(head: Int, tail: Int) { (longestHead, longestTail) = (head, tail) }

    mutating func take(_ bytes: UnsafeRawBufferPointer) {
        count += UInt64(bytes.count)
        if head.count < longestHead { head += bytes.prefix(longestHead - head.count) }
        tail += bytes.suffix(longestTail)
        if tail.count > longestTail { tail.removeFirst(tail.count - longestTail) }
    }
}

extension Collection<UInt8> {
    /// Where `needle` stands last, as an offset from the beginning; nil where it is not.
    func lastOffset(of needle: [UInt8]) -> Int? {
        let all = Array(self)
        guard all.count >= needle.count else { return nil }
        return (0...(all.count - needle.count)).last { all[$0..<$0 + needle.count].elementsEqual(needle) }
    }
}
