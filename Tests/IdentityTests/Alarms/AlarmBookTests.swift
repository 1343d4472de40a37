import Primitives
import Testing

@testable import Identity

/// What those who keep security are told of (21 CFR 11.300(d)).
@Suite("Alarms") struct AlarmBookTests {
    private static let unknown = AlarmBook.Subject(kind: .unknownNames, person: nil)

    @Test("one name that nobody has is none, five within a quarter of an hour are one, and five more another")
    func strangers() {
        var (book, clock) = (AlarmBook(), TestClock())
        for _ in 0..<4 { book.stranger(at: clock.now) }
        #expect(book.alarms.isEmpty)
        book.stranger(at: clock.now)
        #expect(book.alarms[Self.unknown]?.count == 1)
        for _ in 0..<5 { book.stranger(at: clock.now) }
        #expect(book.alarms[Self.unknown]?.count == 2)
        // Spread over hours they are people who mistype.
        for _ in 0..<20 {
            clock.pass(.minutes(5))
            book.stranger(at: clock.now)
        }
        #expect(book.alarms[Self.unknown]?.count == 2)
    }

    @Test("a clock that is set forward hides nobody") func forward() {
        var (book, clock) = (AlarmBook(), TestClock())
        for _ in 0..<5 {
            book.stranger(at: clock.now)
            clock.setWall(by: .hours(1))
        }
        #expect(book.alarms[Self.unknown]?.count == 1)
    }

    @Test("an alarm is over a day after it came about last, and stays in the book, which comes back as it was")
    func over() throws {
        var (book, clock) = (AlarmBook(), TestClock())
        book.raise(.foreignSigning, of: IdentityWorld.id("ben"), at: clock.now)
        book.raise(.stolenSession, of: IdentityWorld.id("ben"), at: clock.now)
        book.stranger(at: clock.now)
        clock.pass(.hours(23))
        book.raise(.foreignSigning, of: IdentityWorld.id("ben"), at: clock.now)
        clock.pass(.hours(2))
        let open = book.alarms.filter { book.isOpen($0.value, at: clock.now) }
        #expect(open.map(\.key.kind) == [.foreignSigning] && open.first?.value.count == 2)
        #expect(try AlarmBook(keptIn: #require(book.row)) == book)
        #expect(AlarmBook().row == nil)
    }
}
