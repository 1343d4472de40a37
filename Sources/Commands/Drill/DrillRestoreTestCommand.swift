import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import Strategy

struct DrillRestoreTestCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "restore-test",
        abstract: "Restore a component into scratch space, and prove that it is what was backed up.",
        discussion: """
            Which copy and which snapshot are tested is chosen by a seed, unless --store or --snapshot says so: sometimes the newest, sometimes the
            oldest, sometimes one between. Every file is compared by its digest with the snapshot, and with its source where that is unchanged;
            dumps of PostgreSQL come into an empty server whose rows are counted, base backups are recovered, SQLite looks through its files,
            other streams are given to the strategy's 'check'. The scratch space is below TMPDIR (/var/tmp), and nothing stays there. Exit status
            3 when something was not looked at or took longer than promised, 11 when the backup is not what it should be.

              safehold drill restore-test documentation --sample 200
              safehold drill restore-test database --store secondary --snapshot oldest --observer 'Eva Elster'
            """)

    @Argument(help: "Components of the strategy; none: all of them.")
    var components: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "So many files of each component, chosen by the seed. Default: all of them.", valueName: "number"))
    var sample: Int?

    @Option(name: .long, help: ArgumentHelp("The copy to test, as the strategy calls it.", valueName: "store"))
    var store: String?

    @Option(name: .customLong("snapshot"), help: ArgumentHelp("Which one: newest, oldest or any.", valueName: "age"))
    var age: TestChoice.Age?

    @Option(name: .long, help: ArgumentHelp("Of an earlier test, whose choice is made again.", valueName: "digits"))
    var seed: String?

    @Option(name: .long, help: ArgumentHelp("The most scratch space that it may take, as 20GiB.", valueName: "size"))
    var quota: String?

    @Option(name: .long, help: ArgumentHelp("Who looks on.", valueName: "name"))
    var observer: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Where PostgreSQL's programs are, if not where they usually are.", valueName: "dir"),
        completion: .directory)
    var serverPrograms: String?

    @OptionGroup var strategyOptions: StrategyOptions
    @OptionGroup var keys: KeyOptions
    @OptionGroup var outputOptions: OutputOptions

    func validate() throws {
        guard sample.map({ $0 > 0 }) ?? true else { throw ValidationError("--sample is a number above 0.") }
        guard seed.map({ !$0.isEmpty && $0.count <= 64 && $0.allSatisfy { $0.isHexDigit } }) ?? true else {
            throw ValidationError("--seed has hexadecimal digits, as a record has them.")
        }
    }

    func run(_ session: Session) throws -> Outcome {
        let declared = session.surroundings.clock.now()
        let loaded = try session.carriedOut(try session.strategy(strategyOptions))
        let place = StrategyPlace(
            strategy: loaded.strategy, digest: loaded.digest.hex,
            catalog: try CatalogPlace.open(session.surroundings.hostState), surroundings: session.surroundings,
            software: Program.software)
        let chosen = try components.isEmpty ? loaded.strategy.components : components.map { try component($0, loaded) }
        let key = try session.key(keys, for: "A restore test")
        var worst = Outcome.done
        for component in chosen {
            let record = try test(component, place, key, declared, session)
            session.record?.note([ActObject(.evidence, EvidenceVerification.name(record))])
            show(record, session.output)
            switch record.verdict {
            case "passed": break
            case "partial": if case .done = worst { worst = .partial }
            default: worst = .damaged
            }
        }
        return worst
    }

    private func component(_ name: String, _ loaded: LoadedStrategy) throws -> ComponentPlan {
        guard let component = loaded.strategy.component(name) else {
            throw Failure(
                .usage, "The strategy has no component '\(name)'.",
                advice: "It has: \(loaded.strategy.components.map(\.name).joined(separator: ", ")).")
        }
        return component
    }

    private func test(
        _ component: ComponentPlan, _ place: StrategyPlace, _ key: KeySource, _ declared: Timestamp, _ session: Session
    ) throws -> EvidenceRecord {
        var request = RestoreTest.Request(
            component: component, sample: sample,
            quota: try quota.map { try Quantity.bytes($0, "--quota") } ?? .max, declared: declared)
        request.store = try store.map { try self.store($0, place.strategy) }
        (request.age, request.seed, request.observer) = (age, seed, observer)
        request.programs = try serverPrograms.map {
            try session.reliable(try session.text(try session.absolute($0)), "The folder of a server's programs")
        }
        let choice = TestChoice(seed: seed)
        let from = try RestoreTest.store(request, choice, in: place.strategy)
        let target = Target(component: component.name, store: from.store.location)
        _ = try session.permit(RestoreAction.self, on: target)
        request.intent = session.record?.intent
        let permits = RestoreTest.Permits(
            restore: { try session.permit(RestoreAction.self, on: target) },
            verify: { try session.permit(VerifyAction.self, on: target) })
        let observer = ProgressObserver(doing: "restore", session)
        defer { observer.finish() }
        return try RestoreTest.run(
            permits: permits, place: place, request: request, choice: choice, from: from, key: key, observer: observer)
    }

    private func store(_ name: String, _ strategy: BackupStrategy) throws -> StorePlan {
        guard let store = strategy.store(name), !store.location.isEmpty else {
            throw Failure(
                .usage, "The strategy has no store '\(name)' with a place of its own.",
                advice:
                    "It has: \(strategy.stores.filter { !$0.location.isEmpty }.map(\.name).joined(separator: ", ")).")
        }
        return store
    }

    private func show(_ record: EvidenceRecord, _ output: Output) {
        if output.json {
            output.record("evidence") { record.fill(&$0) }
        } else if !output.quiet {
            output.lines(record.summaryLines)
        }
    }
}

extension TestChoice.Age: ExpressibleByArgument {}
