import Primitives
import RepositoryEngine
import TestSupport
import Testing

@Suite struct PathOrderTests {
    private func order(_ x: String, _ y: String) -> Int { PathOrder.compare(Array(x.utf8), Array(y.utf8)).signum() }

    @Test func aSlashIsBelowEveryOtherByte() {
        let sorted = ["", "a", "a/b", "a/b/c", "a/bc", "a\u{1}", "a b", "a!", "a-b", "a.b", "a0", "aa", "b"]
        for (i, x) in sorted.enumerated() {
            for (j, y) in sorted.enumerated() { #expect(order(x, y) == (i - j).signum(), "'\(x)' and '\(y)'") }
        }
    }

    /// The order of a walk: each directory, then everything in it by name, before its next sibling.
    @Test func itIsTheOrderOfAWalk() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<200 {
            let paths = RandomRecords.list(40, using: &random).map(\.path)
            let byNames = paths.sorted { x, y in
                x.split(separator: 0x2F).map(Array.init).lexicographicallyPrecedes(
                    y.split(separator: 0x2F).map(Array.init)
                ) {
                    $0.lexicographicallyPrecedes($1)
                }
            }
            #expect(paths == byNames)
        }
    }

    @Test func whatIsInside() {
        func isInside(_ path: String, _ ancestor: String) -> Bool {
            PathOrder.isInside(Array(path.utf8), Array(ancestor.utf8))
        }
        #expect(isInside("a", "") && isInside("", "") && isInside("a/b", "a") && isInside("a", "a"))
        #expect(!isInside("ab", "a") && !isInside("a", "a/b") && !isInside("", "a") && !isInside("b/a", "a"))
    }

    @Test func aReferenceKnowsWhatItMayHold() {
        func mayHold(_ first: String, _ last: String, _ path: String) -> Bool {
            ListingReference(
                id: .zero, twin: .zero, firstPath: Array(first.utf8), lastPath: Array(last.utf8), records: 0, files: 0,
                bytes: 0, newestMtime: 0
            ).mayHold(Array(path.utf8))
        }
        #expect(mayHold("a", "c", "b") && mayHold("a", "c", "a") && mayHold("a", "c", "c") && mayHold("a", "c", ""))
        #expect(mayHold("b/x", "b/z", "b"), "what is below a path counts")
        #expect(!mayHold("b/x", "b/z", "b/a") && !mayHold("a", "c", "d") && !mayHold("b", "c", "a"))
    }
}
