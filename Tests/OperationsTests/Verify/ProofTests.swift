import Primitives
import RepositoryEngine
import Sealing
import Storage
import Strategy
import TestSupport
import Testing

@testable import Operations

@Suite("What was proven of a repository") struct ProofTests {
    private static let day = Duration.seconds(86_400)
    private static let now = Timestamp(nanoseconds: 1_800_000_000_000_000_000)

    private static func object(_ number: Int, size: UInt64 = 10) -> Inventory.Object {
        let digest = SHA256Digest.of(Array("object \(number)".utf8))
        return Inventory.Object(
            name: Names.pack(digest, .data), kind: .data, digest: digest, size: size)
    }

    @Test("is read in turn: what was never proven first, then what was proven longest ago, until the budget is spent")
    func order() {
        let objects = (0..<10).map { Self.object($0) }
        var book = ProofBook()
        for number in 0..<8 {
            book.proved(objects[number].digest, bytes: Self.now.later(by: .zero - Self.day * (number + 1)))
        }
        var generator = SeededGenerator(seed: 1)
        let order = ProofPlan.order(objects, book, ProofBudget(bytes: 40), using: &generator).map(\.digest)
        #expect(Set(order[..<2]) == Set(objects[8...].map(\.digest)))
        #expect(Array(order[2...]) == [objects[7].digest, objects[6].digest])
        let one = ProofPlan.order(objects, book, ProofBudget(bytes: 1), using: &generator)
        #expect(one.count == 1, "a budget below one object still gets on")
        let sample = ProofPlan.order(objects, book, ProofBudget(sample: 4), using: &generator)
        #expect(Set(sample.map(\.digest)).count == 4)
    }

    @Test("costs no more than was to be spent on requests and on what leaves the provider") func spending() throws {
        let prices = try PriceTable(
            parsing: """
                name = x
                currency = EUR
                date = 2026-11-28
                source = made up
                storage-gib-month = 1
                put-per-1000 = 1
                get-per-1000 = 1000
                read-gib = 256
                """)
        // Each of 4 MiB: two requests at 1, and 1 for what is read.
        let objects = (0..<10).map { Self.object($0, size: 4 << 20) }
        var generator = SeededGenerator(seed: 1)
        func count(_ most: Double, bytes: UInt64? = nil) -> Int {
            let budget = ProofBudget(bytes: bytes, spending: .init(most, at: prices))
            return ProofPlan.order(objects, ProofBook(), budget, using: &generator).count
        }
        #expect([0.01, 3, 5.9, 6, 29.9, 30, 1000].map { count($0) } == [1, 1, 1, 2, 9, 10, 10])
        #expect(count(1000, bytes: 9 << 20) == 2)
    }

    @Test("by a host each day is everything within 90 days, also of a repository that grows") func within() {
        var (objects, book) = ((0..<4000).map { Self.object($0, size: 16 << 20) }, ProofBook())
        var generator = SeededGenerator(seed: 2)
        var longest = 0
        for day in 0..<400 {
            let now = Self.now.later(by: Self.day * day)
            objects += (0..<10).map { Self.object(10_000 + day * 10 + $0, size: 16 << 20) }
            let budget = ProofPlan.share(objects, book, now: now)
            for object in ProofPlan.order(objects, book, budget, using: &generator) {
                book.proved(object.digest, bytes: now)
            }
            let status = ProofStatus(objects, book, now: now)
            if day > 90 {
                #expect(status.isWhole, "day \(day)")
                longest = max(longest, status.all.objects == 0 ? 0 : Int(status.bytesProven.objects))
            }
        }
        #expect(longest > 4000)
    }

    @Test("is kept as it was, and a damaged book is as a lost one") func bytes() throws {
        var book = ProofBook()
        for number in 0..<50 {
            book.proved(Self.object(number).digest, bytes: Self.now, content: number % 2 == 0 ? Self.now : nil)
        }
        let bytes = book.encoded()
        #expect(ProofBook.decode(bytes) == book.proofs)
        for position in stride(from: 0, to: bytes.count, by: 97) {
            #expect(ProofBook.decode(bytes.flippingBit(position * 8)) == nil)
        }
        #expect(ProofBook.decode(Array(bytes.dropLast(48))) == nil && ProofBook.decode([]) == nil)
    }

    @Test("a sample of 4603 misses damage of one in a thousand once in a hundred times at most") func sample() {
        var missed = 1.0
        for number in 0..<ProofBudget.monthlySample { missed *= 1 - 1000.0 / (1_000_000 - Double(number)) }
        #expect(missed < 0.01)
    }
}
