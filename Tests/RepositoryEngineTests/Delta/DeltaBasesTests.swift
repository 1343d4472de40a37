import Primitives
import TestSupport
import Testing

@testable import RepositoryEngine

@Suite struct DeltaBasesTests {
    @Test("All forms of all pieces are there, and nothing of others") func forms() throws {
        let folder = try TemporaryFolder()
        let bases = try DeltaBases(folder: folder.path)
        #expect(bases.isEmpty)
        var random = SeededGenerator(seed: 5)
        func id() -> Prefix16 { Prefix16(high: random.next() | 1, low: random.next()) }
        let pieces = (0..<3000).map { _ in id() }
        var model: [Prefix16: [[Prefix16]]] = [:]
        for _ in 0..<2 {
            for (number, piece) in pieces.enumerated() where random.next() % 4 > 0 {
                let form = (0..<number % 5).map { _ in id() }
                try bases.add(piece, form)
                model[piece, default: []].insert(form, at: 0)
            }
        }
        for piece in pieces + [id()] {
            var seen: [[Prefix16]] = []
            let isTaken = bases.hasForm(piece) { form in
                seen.append(form)
                return false
            }
            #expect(seen == model[piece] ?? [])
            #expect(bases.holds(piece) == (model[piece] != nil))
            // A piece that is no delta needs none.
            #expect(isTaken == (model[piece] == nil))
        }
        #expect(!bases.isEmpty)
    }
}
