import Foundation
import Primitives
import RepositoryEngine
import Storage
import Testing

/// The headers of everything that is sealed.
func sealHeaders(_ store: DirectoryStore) throws -> [SealHeader] {
    var headers: [SealHeader] = []
    for folder in ["packs", "meta", "index", "snapshots"] {
        for name in try store.names(below: folder) {
            let bytes = try store.readAll(name, limit: 1 << 24)
            let start = try #require(Data(bytes).range(of: Data("SHSEAL01".utf8)), "\(name) is not sealed")
                .lowerBound
            headers.append(
                try ByteReader.reading(Array(bytes[start...])) { (reader) throws(EncodingError) in
                    try SealHeader(decoding: &reader)
                })
        }
    }
    return headers
}
