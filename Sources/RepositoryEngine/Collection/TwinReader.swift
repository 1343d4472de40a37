import Primitives
import Sealing
import Storage

/// Reads reference nodes and blocks from wherever the census saw them.
package final class TwinReader {
    private static let mostOpen = 64
    private let census: PackCensus
    private let store: any ObjectStore
    private let opener: SealOpener
    private var open: [UInt32: PackReader] = [:]
    /// Of packs that have moved chunks: the seals of their twins, by offset.
    private var moved: [UInt32: [UInt32: BlobDecoder.Seal]] = [:]
    private var decoder = BlobDecoder()

    package init(_ census: PackCensus, store: any ObjectStore, opener: SealOpener) {
        (self.census, self.store, self.opener) = (census, store, opener)
    }

    /// The plaintext; nil where it is in no pack and that may be.
    func read(_ twin: ChunkID, _ type: ChunkType, mayBeMissing: Bool) throws -> [UInt8]? {
        var last: Failure?
        for place in try census.twinPlaces(of: twin.prefix) where place.type == type {
            do {
                return try read(twin, place)
            } catch let failure as Failure where failure.code.class == .integrity {
                last = failure
            } catch let error as EncodingError {
                last = Failure.damaged("Reference \(twin.hex.prefix(16))", error.problem)
            }
        }
        if last?.code == .objectMissing || last == nil, mayBeMissing { return nil }
        throw last
            ?? Failure(
                .chunkMissing, "Reference \(twin.hex.prefix(16)), which a snapshot needs, is in no pack.",
                advice: "Nothing was removed. Run 'safehold verify', and copy missing packs back from another copy.")
    }

    private func read(_ twin: ChunkID, _ place: TwinPlace) throws -> [UInt8] {
        guard place.storedCount <= UInt32(BlobFrame.bound(BlobFrame.maximumPlaintext) + 16) else {
            throw EncodingError("claims too many bytes")
        }
        let reader = try reader(of: place.pack)
        let seal =
            place.isMoved
            ? try movedSeal(place, reader) : BlobDecoder.Seal(keys: reader.keys, offset: UInt64(place.offset))
        let sealed = try store.readRange(reader.name, at: Int64(place.offset), count: Int(place.storedCount))
        return try sealed.withUnsafeBytes { try decoder.open($0, seal: seal, type: place.type, id: twin) { Array($0) } }
    }

    private func reader(of ordinal: UInt32) throws -> PackReader {
        if let reader = open[ordinal] { return reader }
        let pack = census.packs[Int(ordinal)]
        let reader = try PackReader.open(pack.name, pack.kind, store: store, opener: opener, needing: [.structure])
        if open.count >= Self.mostOpen { open.removeAll() }
        open[ordinal] = reader
        return reader
    }

    private func movedSeal(_ place: TwinPlace, _ reader: PackReader) throws -> BlobDecoder.Seal {
        if let seal = moved[place.pack]?[place.offset] { return seal }
        let footer = try reader.footer(store: store)
        var seals: [UInt32: BlobDecoder.Seal] = [:]
        for entry in footer.entries where entry.type.isStructure && entry.origin > 0 {
            let keys = try opener.keys(for: footer.origins[Int(entry.origin) - 1], needing: .structure)
            seals[entry.offset] = BlobDecoder.Seal(keys: keys, offset: entry.originOffset)
        }
        if moved.count >= Self.mostOpen { moved.removeAll() }
        moved[place.pack] = seals
        guard let seal = seals[place.offset] else { throw EncodingError("is not listed in its pack") }
        return seal
    }
}
