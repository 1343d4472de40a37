import Primitives
import Storage

extension Rule {
    static let listing: [Rule] = [
        Rule("A list has every object below the prefix, once, with its size") { trial in
            var wanted: [ObjectName: Int64] = [:]
            for index in 0..<60 {
                let name = trial.name("list/\(index % 5)/\(index % 7)/\(index)")
                wanted[name] = Int64(index)
                _ = try trial.store.put([UInt8](repeating: 0, count: index), as: name, .deferred)
            }
            try trial.store.flush()
            trial.expect(try list(trial, trial.prefix + "/list") == wanted, "the list of all is another")
            for part in 0..<5 {
                let below = trial.prefix + "/list/\(part)"
                let some = wanted.filter { $0.key.path.hasPrefix(below + "/") }
                trial.expect(try list(trial, below) == some, "the list of part \(part) is another")
            }
            let all = try list(trial, "")
            trial.expect(wanted.allSatisfy { all[$0.key] == $0.value }, "the list of everything lacks some")
        },
        Rule("A prefix is whole names: ab is not below a") { trial in
            for rest in ["a/1", "ab/2", "a-b", "a.c/3"] {
                _ = try trial.store.put([1], as: trial.name(rest), .immediate)
            }
            trial.expect(
                try list(trial, trial.prefix + "/a").keys.sorted() == [trial.name("a/1")],
                "its neighbours were listed too")
        },
        Rule("Below what is not there, nothing is") { trial in
            trial.expect(try list(trial, trial.prefix + "/nowhere/at/all").isEmpty, "something was listed")
            _ = try trial.store.put([1], as: trial.name("leaf"), .immediate)
            trial.expect(try list(trial, trial.prefix + "/leaf").isEmpty, "something was listed below an object")
        },
        Rule("An error of who asked ends the list") { trial in
            struct Enough: Error {}
            for index in 0..<3 { _ = try trial.store.put([1], as: trial.name("stop/\(index)"), .immediate) }
            var calls = 0
            do {
                try trial.store.list(below: trial.prefix + "/stop") { _, _ in
                    calls += 1
                    throw Enough()
                }
                trial.expect(false, "the error was swallowed")
            } catch is Enough {
                trial.expect(calls == 1, "the list went on after the error")
            }
        },
        Rule("Who lists while others write sees every object that was there before") { trial in
            let names = (0..<30).map { trial.name("steady/\($0 % 3)/\($0)") }
            for name in names { _ = try trial.store.put([1], as: name, .immediate) }
            trial.together(4) { index in
                for round in 0..<10 {
                    if index < 2 {
                        _ = try trial.store.put(
                            [2], as: trial.name("steady/\(round % 4)/more-\(index)-\(round)"), .immediate)
                    } else {
                        let found = try list(trial, trial.prefix + "/steady")
                        trial.expect(names.allSatisfy { found[$0] == 1 }, "an older object was not listed")
                    }
                }
            }
        },
    ]

    private static func list(_ trial: Trial, _ prefix: String) throws -> [ObjectName: Int64] {
        var found: [ObjectName: Int64] = [:]
        try trial.store.list(below: prefix) { name, size in
            trial.expect(found[name] == nil, "\(name) was listed twice")
            found[name] = size
        }
        return found
    }
}
