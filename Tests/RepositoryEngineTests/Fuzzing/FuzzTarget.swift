import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

/// A parser, what it takes when all is well, and how much it may make of what it is given.
struct FuzzTarget: Sendable, CustomTestStringConvertible {
    let name: String
    /// Bytes of valid inputs, made anew for each run where making them is random.
    let seeds: @Sendable () throws -> [[UInt8]]
    /// Parses, and returns about how many bytes the result holds in memory.
    let parse: @Sendable ([UInt8]) throws -> Int
    /// The most bytes in memory for one byte of input. What a compressed payload becomes is bounded by its own limit.
    var factor = 64
    var allowance = 4_096
    /// Shares of the inputs that a run has: slow parsers get fewer.
    var weight = 4

    var testDescription: String { name }

    init(
        _ name: String, weight: Int = 4, factor: Int = 64, seeds: @escaping @Sendable () throws -> [[UInt8]],
        parse: @escaping @Sendable ([UInt8]) throws -> Int
    ) {
        (self.name, self.weight, self.factor, self.seeds, self.parse) = (name, weight, factor, seeds, parse)
    }

    static let all: [FuzzTarget] = Self.format + Self.keys + Self.packs + Self.indexes + Self.listings + Self.state

    /// Inputs for this parser: 10^4 over all of them, 10^6 in a soak.
    var inputCount: Int {
        let shares = Self.all.reduce(0) { $0 + $1.weight }
        return Soak.count(10_000, full: 1_000_000) * weight / shares + 1
    }

    func run() throws {
        let seeds = try seeds()
        for seed in seeds { _ = try parse(seed) }
        var mutator = Mutator(seed: name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
        let clock = ContinuousClock()
        for number in 0..<inputCount {
            let seed = seeds[Int(mutator.random.next() % UInt64(seeds.count))]
            let input = mutator.mutate(seed, donors: seeds)
            let start = clock.now
            try tryOne(input, number)
            #expect(clock.now - start < .seconds(5), "input \(number) takes too long")
        }
    }

    private func tryOne(_ input: [UInt8], _ number: Int) throws {
        do {
            let held = try parse(input)
            #expect(held <= factor * input.count + allowance, "input \(number): \(input.count) bytes became \(held)")
        } catch is EncodingError {
        } catch is ShareProblem {
        } catch let failure as Failure {
            #expect(
                failure.code != .internalError && failure.code != .usage, "input \(number): \(failure.code.rawValue)")
        }
    }
}

@Suite struct FuzzingTests {
    /// A crash ends the process: that the run gets to its end is the test.
    @Test(arguments: FuzzTarget.all) func noInputBreaksAParser(_ target: FuzzTarget) throws { try target.run() }

    @Test func everyParserHasItsShare() {
        let inputs = FuzzTarget.all.reduce(0) { $0 + $1.inputCount }
        #expect(inputs >= Soak.count(10_000, full: 1_000_000))
        #expect(Set(FuzzTarget.all.map(\.name)).count == FuzzTarget.all.count)
    }

    @Test func theMutatorChangesAlmostEverythingAndAlwaysTheSame() {
        var (one, two) = (Mutator(seed: 5), Mutator(seed: 5))
        let seed = [UInt8](0..<200)
        var same = 0
        for _ in 0..<1_000 {
            let changed = one.mutate(seed, donors: [seed])
            #expect(changed == two.mutate(seed, donors: [seed]))
            if changed == seed { same += 1 }
        }
        #expect(same < 100)
    }
}

extension Array where Element == UInt8 {
    /// Hands out the bytes as a raw buffer, also where the body throws its own kind of error.
    func read<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R { try withUnsafeBytes(body) }
}
