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

    @OptionGroup var testOptions: DrillTestOptions
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
        let held = try DrillSession(session, strategyOptions, keys, for: "A restore test")
        var worst = Outcome.done
        for component in try held.components(components) {
            let record = try test(component, held)
            held.show(record)
            worst = held.worse(worst, record)
        }
        return worst
    }

    private func test(_ component: ComponentPlan, _ held: DrillSession) throws -> EvidenceRecord {
        var request = try testOptions.request(component, sample: sample, held)
        request.store = try store.map { try self.store($0, held.place.strategy) }
        (request.age, request.seed) = (age, seed)
        return try held.test(request, TestChoice(seed: seed))
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
}

extension TestChoice.Age: ExpressibleByArgument {}
