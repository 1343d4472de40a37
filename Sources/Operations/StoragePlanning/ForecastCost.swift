import Identity
import Primitives
import RepositoryEngine
import Strategy

/// What a repository will cost in an object store.
package enum ForecastCost {
    package static func prices<Action>(permit: consuming Permit<Action>, file: String) throws -> PriceTable {
        do {
            return try PriceTable(parsing: try SmallText.read(file))
        } catch let problem as PriceTable.Problem {
            throw Failure(
                .usage, "\(file)\(problem.line > 0 ? ", line \(problem.line)" : ""): \(problem.text).",
                advice: "examples/prices has tables that are whole.")
        }
    }

    /// Where a forecast begins, as measured: bytes in packs, and what a pack holds at most.
    package static func measure(permit: consuming Permit<InspectAction>, repository: Repository) throws -> (
        bytes: UInt64, packSize: UInt64
    ) {
        let sizes = try RepositorySizes(permit: permit, repository: repository)
        return (sizes.bytes, UInt64(repository.format.packSize))
    }
}
