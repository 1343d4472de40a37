import Primitives
import Storage

extension Rule {
    static let writtenOnce = "A name is written once"
    static let oneWinner = "Of many who want a name at once, one gets it"

    static let writing: [Rule] = [
        Rule(writtenOnce) { trial in
            let name = trial.name("once")
            trial.expect(
                try trial.store.put([1, 2, 3], as: name, .immediate) == .created, "the first write was not the first")
            trial.expect(try trial.store.put([4], as: name, .immediate) == .exists, "a second put was taken")
            trial.expect(try trial.store.put([5], as: name, .deferred) == .exists, "a second, deferred put was taken")
            let staged = try trial.stage([6, 7])
            trial.expect(try staged.finish(as: name, .immediate) == .exists, "a staged object took the name")
            trial.expect(try trial.contents(name) == [1, 2, 3], "the object was changed")
        },
        Rule(oneWinner) { trial in
            // Whose answer was lost, and who asked again, may find his own object there and be told that he came too late: then nobody
            // counts as first, which does no harm. Always, it would.
            var won = 0
            for round in 0..<trial.effort.rounds where try rivalry(trial, round) { won += 1 }
            trial.expect(won > 0, "in none of \(trial.effort.rounds) rounds a writer was told that it was first")
        },
        Rule("Writers of different names do not disturb each other") { trial in
            trial.together(trial.effort.rivals) { index in
                for number in 0..<4 {
                    let bytes = Trial.pattern(1000 * number + index, index)
                    let durability: Durability = number.isMultiple(of: 2) ? .immediate : .deferred
                    let outcome = try trial.store.put(
                        bytes, as: trial.name("many/\(index % 3)/\(index)-\(number)"), durability)
                    trial.expect(outcome == .created, "\(index)-\(number) was not created")
                }
            }
            try trial.store.flush()
            for index in 0..<trial.effort.rivals {
                for number in 0..<4 {
                    let name = trial.name("many/\(index % 3)/\(index)-\(number)")
                    trial.expect(
                        try trial.contents(name) == Trial.pattern(1000 * number + index, index),
                        "\(name) holds other bytes")
                }
            }
        },
        Rule("What was put is seen at once, whatever its durability") { trial in
            for (label, durability) in [("now", Durability.immediate), ("later", .deferred)] {
                let name = trial.name("seen/\(label)")
                trial.expect(try trial.store.size(of: name) == nil, "\(label): a size before the put")
                _ = try trial.store.put([9, 8, 7], as: name, durability)
                trial.expect(try trial.store.size(of: name) == 3, "\(label): no size after the put")
                trial.expect(try trial.contents(name) == [9, 8, 7], "\(label): cannot be read after the put")
                trial.expect(
                    try trial.store.names(below: trial.prefix).contains(name), "\(label): not listed after the put")
            }
        },
        Rule("A flush keeps what was deferred, and may come when there is nothing to do") { trial in
            try trial.store.flush()
            let names = (0..<20).map { trial.name("deferred/\($0 % 4)/\($0)") }
            for (index, name) in names.enumerated() {
                _ = try trial.store.put(Trial.pattern(index * 333, index), as: name, .deferred)
            }
            try trial.store.flush()
            try trial.store.flush()
            for (index, name) in names.enumerated() {
                trial.expect(
                    try trial.contents(name) == Trial.pattern(index * 333, index), "\(name) is not what was put")
            }
        },
        Rule("Every size comes back as it went in") { trial in
            for size in [0, 1, 255, 4095, 4096, 4097, 65_535, 65_537, (1 << 20) + 1] {
                let name = trial.name("size/\(size)")
                trial.expect(
                    try trial.store.put(Trial.pattern(size, size), as: name, .immediate) == .created,
                    "\(size) bytes: not created")
                trial.expect(try trial.store.size(of: name) == Int64(size), "\(size) bytes: another size")
                trial.expect(try trial.contents(name) == Trial.pattern(size, size), "\(size) bytes: other bytes")
            }
        },
        Rule("Every name that the format can have is taken") { trial in
            let hex = String(repeating: "0123456789abcdef", count: 4)
            let names = [
                "FORMAT", "a", hex, "0000000001", "x.y_z-1", "deep/\(hex)/\(hex)/\(hex)/0000000001/slots/\(hex)",
                "deep.not/x",
            ]
            for (index, rest) in names.enumerated() {
                let name = trial.name(rest)
                trial.expect(name.isValid, "\(rest) is not a valid name")
                trial.expect(
                    try trial.store.put([UInt8(index)], as: name, .immediate) == .created, "\(rest): not created")
            }
            for (index, rest) in names.enumerated() {
                trial.expect(
                    try trial.contents(trial.name(rest)) == [UInt8(index)], "\(rest): another object under this name")
            }
        },
    ]

    /// Whether somebody was first.
    private static func rivalry(_ trial: Trial, _ round: Int) throws -> Bool {
        let name = trial.name("rivals/\(round)/wanted")
        let winners = Monitor<[Int]>([])
        trial.together(trial.effort.rivals) { index in
            let bytes = Trial.pattern(10_000 + index, index)
            let durability: Durability = index.isMultiple(of: 3) ? .deferred : .immediate
            let outcome =
                index.isMultiple(of: 2)
                ? try trial.store.put(bytes, as: name, durability)
                : try trial.stage(bytes, pieces: 3).finish(as: name, durability)
            // Whoever lost sees the winner's object, whole.
            let seen = try trial.contents(name)
            trial.expect(
                seen == Trial.pattern(seen.count, seen.count - 10_000), "round \(round): a torn object was seen")
            if outcome == .created { winners.withLock { $0.append(index) } }
        }
        try trial.store.flush()
        let first = winners.withLock { $0 }
        trial.expect(
            first.count <= 1,
            "round \(round): \(first.count) of \(trial.effort.rivals) writers were told that they were first")
        guard let winner = first.first else { return false }
        trial.expect(
            try trial.contents(name) == Trial.pattern(10_000 + winner, winner),
            "round \(round): another object than the first one's")
        return true
    }
}
