import Glibc
import Primitives
import RepositoryEngine
import Sealing

/// The content lists of very large files, as this host remembers them: what stands in the repository it cannot open, and without them it
/// would forget the chunks of such files and store them anew with every change.
final class ContentLists: Sendable {
    private let folder: String
    private let key: SecretBytes

    init(folder: String, cacheKey: borrowing SecretBytes) throws {
        self.folder = folder + "/content-lists"
        key = cacheKey.copy()
        try LocalFile.makeDirectories(self.folder)
    }

    private func path(_ id: ChunkID) -> String { folder + "/" + id.hex }

    func keep(_ id: ChunkID, _ list: [UInt8]) throws {
        // A power cut may have left one that says nothing.
        if !slices(id).isEmpty { return }
        // Two files of one backup may have the same list.
        let temporary = "\(path(id)).\(getpid()).\(HostCaches.nextNumber())"
        unlink(temporary)
        let writer = try SealedFile.Writer(path: temporary, cacheKey: key)
        try writer.append(list)
        try writer.flush()
        try LocalFile.replace(path(id), with: temporary, durably: false)
    }

    /// The slices of a list; none when it is not remembered.
    func slices(_ id: ChunkID) -> [Slice] {
        guard let bytes = SealedFile.Reader(path: path(id), cacheKey: key)?.next() else { return [] }
        return bytes.withUnsafeBytes { (try? ContentList.decode($0)) ?? [] }
    }

    /// Forgets all lists but these.
    func removeAll(except kept: Set<ChunkID>) {
        for name in HostCaches.names(in: folder) where Digest32(hex: name).map({ kept.contains($0) }) != true {
            unlink(folder + "/" + name)
        }
    }
}
