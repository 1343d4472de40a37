import Identity
import Primitives
import RepositoryEngine

/// The media that this host keeps a book of.
package enum ListMedia {
    package static func run(permit: consuming Permit<InspectAction>, state: HostState, repository: RepositoryID?) throws
        -> [MediumFacts]
    {
        try MediaBook.all(in: state, of: repository)
    }
}

extension CheckMedium {
    /// Mends; what is beyond parity is taken from `repository`, which must be the medium's.
    package static func repair(
        permit: consuming Permit<MediaAction>, medium: Medium, from repository: Repository?,
        observer: any OperationObserver, clock: WallClock
    ) throws -> MediumReport {
        if let repository { try medium.require(repository.id) }
        return try run(
            permit: permit, medium: medium, mode: .repair(from: repository?.store), observer: observer, clock: clock)
    }
}
