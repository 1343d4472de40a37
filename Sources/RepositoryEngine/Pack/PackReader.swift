import Primitives
import Sealing
import Storage

/// A pack opened for reading: its keys, and on demand its footer.
package final class PackReader: Sendable {
    package let name: ObjectName
    package let digest: Digest32
    package let header: SealHeader
    package let keys: ObjectKeys

    private init(name: ObjectName, digest: Digest32, header: SealHeader, keys: ObjectKeys) {
        self.name = name
        self.digest = digest
        self.header = header
        self.keys = keys
    }

    /// Opens a pack by its header, or by a copy of it in a tail where the beginning is damaged. Its size is not asked for, which in a
    /// distant store would double the time.
    package static func open(
        _ digest: Digest32, _ kind: PackClass, store: any ObjectStore, opener: SealOpener,
        needing kinds: [SealKind] = [.data, .structure]
    ) throws -> PackReader {
        let name = Names.pack(digest, kind)
        func keys(_ header: SealHeader) throws -> ObjectKeys {
            guard header.kind == kind else { throw EncodingError("is of another class than its name says") }
            var keys = ObjectKeys(object: header.object, data: nil, structure: nil)
            for wanted in kinds {
                let some = try opener.keys(for: header, needing: wanted)
                keys.data = keys.data ?? some.data
                keys.structure = keys.structure ?? some.structure
            }
            return keys
        }
        do {
            let header = try SealHeader.read(name, at: 0, store: store)
            return PackReader(name: name, digest: digest, header: header, keys: try keys(header))
        } catch let error where mayBeDamage(error) {
            for tail in Tails(name: name, size: try size(of: name, in: store), store: store) {
                guard let header = try? SealHeader(decoding: tail.header), let keys = try? keys(header) else {
                    continue
                }
                return PackReader(name: name, digest: digest, header: header, keys: keys)
            }
            throw (error as? EncodingError).map { Failure.damaged(name, $0.problem) } ?? error
        }
    }

    package func size(in store: any ObjectStore) throws -> Int64 { try Self.size(of: name, in: store) }

    private static func size(of name: ObjectName, in store: any ObjectStore) throws -> Int64 {
        guard let size = try store.size(of: name) else { throw Failure.objectMissing(name, in: store.location) }
        return size
    }

    /// A damaged header may also name an epoch that nobody has keys for, or a length beyond the end.
    private static func mayBeDamage(_ error: any Error) -> Bool {
        if error is EncodingError { return true }
        let code = (error as? Failure)?.code
        return code == .keyDenied || code == .objectDamaged
    }

    /// The footer, from whichever tail is whole. The size of the pack is asked for where it is not given.
    package func footer(store: any ObjectStore, size: Int64? = nil) throws -> Footer {
        guard let key = keys.structure else {
            throw Failure(
                .keyDenied, "This key does not open the structure of packs.",
                advice: "Use a restorer's or a maintainer's key.")
        }
        for tail in Tails(name: name, size: try size ?? self.size(in: store), store: store) {
            let nonce = SealNonce(domain: NonceDomain.footer, number: 0)
            guard
                let plaintext = try? key.open(
                    tail.footer, nonce: nonce, authenticating: associatedData("SHFOOT01", header.object)),
                let footer = try? Footer(decoding: plaintext)
            else { continue }
            return footer
        }
        throw Failure.damaged(name, "has no whole footer")
    }
}

/// The tails of a pack, last first: found by their trailers, backwards from the end.
private struct Tails: Sequence, IteratorProtocol {
    struct Tail {
        var footer: [UInt8]
        var header: [UInt8]
    }

    private let name: ObjectName
    private let store: any ObjectStore
    private var end: Int64
    /// As many as the longest tail has places where the one before it may end.
    private var triesLeft = 64 << 20 / PackTrailer.alignment

    init(name: ObjectName, size: Int64, store: any ObjectStore) {
        self.name = name
        self.store = store
        end = size
    }

    mutating func next() -> Tail? {
        let alignment = Int64(PackTrailer.alignment)
        while end >= alignment, triesLeft > 0 {
            triesLeft -= 1
            let tailEnd = end / alignment * alignment
            end = tailEnd - alignment
            guard
                let bytes = try? store.readRange(
                    name, at: tailEnd - Int64(PackTrailer.count), count: PackTrailer.count),
                let trailer = try? PackTrailer(decoding: bytes)
            else { continue }
            let described = Int(trailer.footerCount) + Int(trailer.headerCount)
            let start = tailEnd - Int64(PackTrailer.count) - Int64(described)
            guard start >= 0, let content = try? store.readRange(name, at: start, count: described) else { continue }
            guard SHA256Digest.of(content) == trailer.digest else {
                // The trailer is whole, so that it is known where the tail before this one ends.
                end = tailEnd - Int64(trailer.tailCount)
                continue
            }
            return Tail(
                footer: Array(content[..<Int(trailer.footerCount)]), header: Array(content[Int(trailer.footerCount)...])
            )
        }
        return nil
    }
}
