import Primitives
import Storage

extension Rule {
    static let removing: [Rule] = [
        Rule("What was removed is nowhere any more") { trial in
            for (label, durability) in [("now", Durability.immediate), ("later", .deferred)] {
                let name = trial.name("removed/\(label)")
                _ = try trial.store.put([1, 2, 3], as: name, durability)
                try trial.store.remove(name)
                trial.expect(try trial.store.size(of: name) == nil, "\(label): it still has a size")
                trial.expect(
                    try !trial.store.names(below: trial.prefix).contains(name), "\(label): it is still listed")
                do {
                    _ = try trial.store.readRange(name, at: 0, count: 1)
                    trial.expect(false, "\(label): it can still be read")
                } catch let failure as Failure where failure.code == .objectMissing {
                    continue
                }
            }
            try trial.store.flush()
        },
        Rule("Removing takes nothing else along") { trial in
            let rests = ["near/a", "near/ab", "near/a.b", "near/b/a", "near-a"]
            for rest in rests { _ = try trial.store.put(Array(rest.utf8), as: trial.name(rest), .immediate) }
            try trial.store.remove(trial.name("near/a"))
            try trial.store.remove(trial.name("near/b"))
            for rest in rests.dropFirst() {
                trial.expect(try trial.contents(trial.name(rest)) == Array(rest.utf8), "\(rest) is gone or changed")
            }
        },
        Rule("Removing what is not there is no error") { trial in
            try trial.store.remove(trial.name("never"))
            let name = trial.name("twice")
            _ = try trial.store.put([1], as: name, .immediate)
            try trial.store.remove(name)
            try trial.store.remove(name)
            trial.expect(try trial.store.size(of: name) == nil, "it is there")
        },
        Rule("Of many who remove an object at once, none fails") { trial in
            let name = trial.name("wanted")
            _ = try trial.store.put([1], as: name, .immediate)
            trial.together(trial.effort.rivals) { _ in try trial.store.remove(name) }
            trial.expect(try trial.store.size(of: name) == nil, "it is still there")
        },
    ]
}
