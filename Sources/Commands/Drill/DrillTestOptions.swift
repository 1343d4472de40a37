import ArgumentParser
import Operations
import Primitives
import Strategy

/// What all tests of restores have in common.
struct DrillTestOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("The most scratch space that it may take, as 20GiB.", valueName: "size"))
    var quota: String?

    @Option(name: .long, help: ArgumentHelp("Who looks on.", valueName: "name"))
    var observer: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Where PostgreSQL's programs are, if not where they usually are.", valueName: "dir"),
        completion: .directory)
    var serverPrograms: String?

    func request(_ component: ComponentPlan, sample: Int?, _ held: DrillSession) throws -> RestoreTest.Request {
        var request = RestoreTest.Request(
            component: component, sample: sample,
            quota: try quota.map { try Quantity.bytes($0, "--quota") } ?? .max, declared: held.declared)
        request.observer = observer
        request.programs = try held.programs(serverPrograms)
        return request
    }
}
