import CSpecification
import Primitives
import RepositoryEngine
import Sealing
import Storage

/// What a stranger needs to read a repository; each holds a copy, named by its digest.
package enum Specification {
    package static let page = Array(UnsafeRawBufferPointer(start: sh_format_page_bytes(), count: sh_format_page_size))
    package static let restorer = Array(UnsafeRawBufferPointer(start: sh_restorer_bytes(), count: sh_restorer_size))

    static func put(into store: any ObjectStore) throws -> (page: Digest32, restorer: Digest32) {
        let (pageDigest, restorerDigest) = (SHA256Digest.of(page), SHA256Digest.of(restorer))
        _ = try store.put(page, as: Names.specification(pageDigest), .immediate)
        _ = try store.put(restorer, as: Names.specification(restorerDigest), .immediate)
        return (pageDigest, restorerDigest)
    }
}
