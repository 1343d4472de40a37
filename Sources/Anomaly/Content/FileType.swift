/// What the end of a file's name promises of its content.
package struct FileType: Sendable, Equatable {
    /// Whether such content is compressed or encrypted by its nature, and looks random for the better part.
    package var isPacked: Bool
    /// Whether files are put into such a one to take less room, and keep their names with this ending behind.
    package var isArchive = false
    /// How such files begin: the bytes that count, and where they stand among the first eight.
    private var header: UInt64 = 0
    private var mask: UInt64 = 0

    package var hasHeader: Bool { mask != 0 }

    /// Whether what begins as `look` says can be one.
    package func fits(_ look: ContentLook) -> Bool { look.head & mask == header }

    private init(isPacked: Bool, isArchive: Bool = false, _ bytes: [UInt8] = [], at offset: Int = 0) {
        (self.isPacked, self.isArchive) = (isPacked, isArchive)
        for (index, byte) in bytes.enumerated() {
            header |= UInt64(byte) << (8 * UInt64(index + offset))
            mask |= UInt64(0xFF) << (8 * UInt64(index + offset))
        }
    }

    /// By the ending of a file's name; nil for one that promises nothing.
    package static func of(_ name: some Collection<UInt8>) -> FileType? {
        key(FileName.ending(of: name)).flatMap { table[$0] }
    }

    /// An ending of at most eight bytes in one integer, in small letters.
    private static func key(_ ending: some Collection<UInt8>) -> UInt64? {
        guard (1...8).contains(ending.count) else { return nil }
        return ending.reduce(UInt64(0)) { $0 << 8 | UInt64((0x41...0x5A).contains($1) ? $1 | 0x20 : $1) }
    }

    private static let table: [UInt64: FileType] = {
        var table: [UInt64: FileType] = [:]
        func add(_ endings: String, _ type: FileType) {
            for ending in endings.split(separator: " ") {
                if let key = key(Array(ending.utf8)) { table[key] = type }
            }
        }
        let text = { (text: String) in Array(text.utf8) }
        add("zip", FileType(isPacked: true, isArchive: true, text("PK")))
        add(
            "docx docm xlsx xlsm pptx pptm odt ods odp odg jar war ear apk epub whl vsdx nupkg kmz",
            FileType(isPacked: true, text("PK")))
        add("gz tgz", FileType(isPacked: true, isArchive: true, [0x1F, 0x8B]))
        add("bz2 tbz2", FileType(isPacked: true, isArchive: true, text("BZh")))
        add("xz txz", FileType(isPacked: true, isArchive: true, [0xFD, 0x37, 0x7A, 0x58, 0x5A]))
        add("zst tzst", FileType(isPacked: true, isArchive: true, [0x28, 0xB5, 0x2F, 0xFD]))
        add("lz4", FileType(isPacked: true, isArchive: true, [0x04, 0x22, 0x4D, 0x18]))
        add("7z", FileType(isPacked: true, isArchive: true, [0x37, 0x7A, 0xBC, 0xAF]))
        add("rar", FileType(isPacked: true, isArchive: true, text("Rar!")))
        add("jpg jpeg", FileType(isPacked: true, [0xFF, 0xD8, 0xFF]))
        add("png", FileType(isPacked: true, [0x89, 0x50, 0x4E, 0x47]))
        add("gif", FileType(isPacked: true, text("GIF8")))
        add("webp avi wav", FileType(isPacked: true, text("RIFF")))
        add("mp4 m4v m4a heic heif avif 3gp", FileType(isPacked: true, text("ftyp"), at: 4))
        add("mkv webm", FileType(isPacked: true, [0x1A, 0x45, 0xDF, 0xA3]))
        add("ogg oga ogv opus", FileType(isPacked: true, text("OggS")))
        add("flac", FileType(isPacked: true, text("fLaC")))
        add("mp3 aac mov wmv wma tif tiff iso img vdi vmdk", FileType(isPacked: true))
        add("pdf", FileType(isPacked: true, text("%PDF")))
        add("doc xls ppt msi msg", FileType(isPacked: true, [0xD0, 0xCF, 0x11, 0xE0]))
        add("psd", FileType(isPacked: true, text("8BPS")))
        add("woff", FileType(isPacked: true, text("wOFF")))
        add("woff2", FileType(isPacked: true, text("wOF2")))
        add("qcow2", FileType(isPacked: true, [0x51, 0x46, 0x49, 0xFB]))
        add("deb", FileType(isPacked: true, text("!<arch>")))
        add("rpm", FileType(isPacked: true, [0xED, 0xAB, 0xEE, 0xDB]))
        add("exe dll", FileType(isPacked: true, text("MZ")))
        add("class", FileType(isPacked: false, [0xCA, 0xFE, 0xBA, 0xBE]))
        add("sqlite sqlite3", FileType(isPacked: false, text("SQLite f")))
        add("kdbx", FileType(isPacked: true, [0x03, 0xD9, 0xA2, 0x9A]))
        add("gpg pgp age p12 pfx jks keystore", FileType(isPacked: true))
        return table
    }()
}
