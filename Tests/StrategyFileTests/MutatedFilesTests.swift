import StrategyFile
import TestSupport
import Testing

/// Files that no person wrote: whatever stands in them, reading ends, with values or with problems that have a place in the file.
@Suite struct MutatedFilesTests {
    private func mustEnd(_ bytes: [UInt8], _ what: String) {
        let lines = bytes.count { $0 == 0x0A } + 2
        do {
            _ = try StrategyText.parse(bytes, base: Array("/srv".utf8))
        } catch {
            #expect(!error.problems.isEmpty, "\(what)")
            for problem in error.problems {
                // The rest of a line is at most a few hundred letters of advice.
                #expect((1...lines).contains(problem.line) && problem.text.utf8.count < 1200, "\(what): \(problem)")
            }
        }
    }

    /// Bytes changed, lines swapped, left out, doubled, put in further or less far: 800 files, 20,000 by `make soak`.
    @Test(arguments: 0..<UInt64(Soak.count(8, full: 200))) func aMutatedPresetIsReadOrRefused(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let preset = Array(Preset.iqhis.text().utf8)
        // Without comments, so that what is changed matters.
        let lines = preset.split(separator: 0x0A).filter { !$0.drop { $0 == 0x20 }.starts(with: [0x23]) }.map(
            Array.init)
        for round in 0..<100 {
            var lines = lines
            for _ in 0..<Int.random(in: 1...3, using: &generator) { mutate(&lines, &generator) }
            mustEnd(Array(lines.joined(separator: [0x0A])), "seed \(seed), round \(round)")
        }
    }

    private func mutate(_ lines: inout [[UInt8]], _ generator: inout SeededGenerator) {
        let (at, other) = (
            lines.indices.randomElement(using: &generator) ?? 0, lines.indices.randomElement(using: &generator) ?? 0
        )
        let marks = Array("{}[]:,&*!|>'\"%@`#-? \t\n\0\u{7F}~0".utf8) + [0xFF, 0xC3]
        switch Int.random(in: 0..<7, using: &generator) {
        case 0: lines.swapAt(at, other)
        case 1: lines.remove(at: at)
        case 2: lines.insert(lines[other], at: at)
        case 3: lines[at].insert(contentsOf: [0x20, 0x20], at: 0)
        case 4: lines[at].removeFirst(min(2, lines[at].count))
        case 5:
            if !lines[at].isEmpty {
                lines[at][Int.random(in: 0..<lines[at].count, using: &generator)] = .random(
                    in: 0...255, using: &generator)
            }
        default:
            lines[at].insert(
                marks.randomElement(using: &generator) ?? 0, at: .random(in: 0...lines[at].count, using: &generator))
        }
    }

    @Test func aFileThatGrowsWhileItIsReadIsRefused() {
        let names = "abcdefghij".map(String.init)
        var bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        for (name, next) in zip(names, names.dropFirst()) {
            bomb += "\(next): &\(next) [\(Array(repeating: "*\(name)", count: 10).joined(separator: ", "))]\n"
        }
        let problems = #expect(throws: StrategyProblems.self) { try StrategyText.parse(Array(bomb.utf8), base: []) }
        #expect(problems?.problems.map(\.text) == ["is nested too deeply or too large"])
    }

    @Test(arguments: [40, 900, 100_000]) func whatIsNestedDeeplyIsRefused(_ depth: Int) {
        for (open, close) in [("[", "]"), ("{a: ", "}"), ("? ", ""), ("- ", "")] {
            let text = String(repeating: open, count: depth) + String(repeating: close, count: depth)
            mustEnd(Array(text.utf8), "\(depth) times \(open)")
        }
    }

    @Test func whatIsTooLargeIsNotEvenLookedAt() {
        let bytes = [UInt8](repeating: UInt8(ascii: "#"), count: 1 << 20 | 1)
        let problems = #expect(throws: StrategyProblems.self) { try StrategyText.parse(bytes, base: []) }
        #expect(problems?.problems.map(\.text) == ["has 1048577 bytes; a strategy has 1048576 at most"])
    }
}
