import Primitives
import RepositoryEngine

// What commands pass on without looking inside.
package typealias OpenRepository = RepositoryEngine.Repository
package typealias Opener = RepositoryEngine.SealOpener

extension Surroundings {
    /// Reads and checks the repository at `location`, an absolute path or a server's address.
    package func repository(at location: String) throws -> OpenRepository { try .open(try openStore(location)) }

    package func repositoryID(at location: String) throws -> RepositoryID { try repository(at: location).id }
}
