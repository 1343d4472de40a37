import Catalog
import Identity
import Primitives

/// Looks into this host's catalog.
package enum RunHistory {
    package struct Choice: Sendable {
        package var subject: String?
        package var limit = 20
        package init() {}
    }

    /// Newest first. None where there is no catalog yet.
    package static func runs(permit: consuming Permit<InspectAction>, state: HostState, choice: Choice) throws
        -> [RunRecord]
    {
        try CatalogPlace.open(state).runs(subject: choice.subject, limit: choice.limit)
    }

    /// A run and its log. Throws `path-missing` for a number that the catalog does not have.
    package static func run(permit: consuming Permit<InspectAction>, state: HostState, number: Int64) throws -> (
        run: RunRecord, lines: [RunLine]
    ) {
        let catalog = try CatalogPlace.open(state)
        guard let run = try catalog.run(number) else {
            throw Failure(
                .pathMissing, "There is no run \(number) in this host's catalog.",
                advice: "'safehold runs' lists the newest ones.")
        }
        return (run, try catalog.lines(of: number))
    }
}

/// What people have to look at again.
package enum Reviews {
    package static func list(permit: consuming Permit<InspectAction>, state: HostState, all: Bool) throws
        -> [ReviewEntry]
    {
        try CatalogPlace.open(state).reviews(open: !all)
    }

    /// Throws `path-missing` where no such review is open.
    package static func finish(
        permit: consuming Permit<StrategyAction>, state: HostState, number: Int64, remark: String, clock: WallClock
    ) throws {
        let actor = permit.actor
        guard try CatalogPlace.open(state).finishReview(number, by: actor, remark: remark, at: clock.now()) else {
            throw Failure(
                .pathMissing, "No review \(number) is open.", advice: "'safehold review list' shows those that are.")
        }
    }
}
