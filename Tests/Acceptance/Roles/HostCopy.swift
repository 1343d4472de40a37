import Foundation
import Primitives
import RepositoryEngine
import Sealing
import Storage
import Testing

/// What a thief has who copied a host's state: every byte of it, decrypted with the host's own keys.
struct HostCopy {
    /// Plaintexts of all records of all sealed files, and the identity.
    private(set) var plaintexts: [[UInt8]] = []
    /// Paths in the kept listings.
    private(set) var listedPaths: [[UInt8]] = []
    private(set) var recordsByFile: [String: Int] = [:]

    init(home: String) throws {
        // The audit log is not sealed: what is in it, A/Audit looks at.
        for name in try FileStatus.files(below: home) where !name.hasPrefix("audit") {
            let path = home + "/" + name
            if name.hasSuffix("/identity") {
                plaintexts.append(try Self.bytes(path))
                continue
            }
            let base = name.split(separator: "/")[0]
            let identity = try WriterIdentity(decoding: try Self.bytes("\(home)/\(base)/identity"))
            try read(path, name, identity)
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    private mutating func read(_ path: String, _ name: String, _ identity: borrowing WriterIdentity) throws {
        let opened = SealedFile.Reader(path: path, cacheKey: identity.cacheKey)
        let reader = try #require(opened, "\(name) is not sealed with the host's key")
        var records = 0
        while let record = reader.next() {
            plaintexts.append(record)
            records += 1
        }
        if let tail = reader.tail() {
            plaintexts.append(tail)
            records += 1
        }
        recordsByFile[name] = records
        guard name.contains("/listings/") else { return }
        let kept = PreviousListing(path: path, cacheKey: identity.cacheKey)
        let listing = try #require(kept, "\(name) is not a listing")
        while !listing.isAtEnd {
            if let block = listing.block, listing.ordinal == 0 { plaintexts.append(block.plaintext) }
            listedPaths.append(listing.record.path)
            listing.advance()
        }
    }

    func holds(_ bytes: [UInt8]) -> Bool {
        plaintexts.contains { Data($0).range(of: Data(bytes)) != nil }
            || listedPaths.contains { Data($0).range(of: Data(bytes)) != nil }
    }

    /// All runs of 32 bytes that could be a secret.
    var windows: Set<[UInt8]> {
        var windows: Set<[UInt8]> = []
        for plaintext in plaintexts where plaintext.count >= 32 {
            for start in 0...(plaintext.count - 32) { windows.insert(Array(plaintext[start..<start + 32])) }
        }
        return windows
    }
}
