import Primitives
import Storage

extension Rule {
    static let staging: [Rule] = [
        Rule("A staged object is nowhere before it is finished") { trial in
            let name = trial.name("staged")
            let staged = try trial.stage(Trial.pattern(100_000, 1), pieces: 7)
            trial.expect(try trial.store.size(of: name) == nil, "it has a size")
            trial.expect(try trial.store.names(below: trial.prefix).isEmpty, "it is listed")
            trial.expect(try staged.finish(as: name, .immediate) == .created, "it could not be finished")
            trial.expect(try trial.contents(name) == Trial.pattern(100_000, 1), "its pieces are not in order")
        },
        Rule("Nothing is left of a staged object that was abandoned") { trial in
            let before = try trial.store.names(below: "").count
            let staged = try trial.stage(Trial.pattern(50_000, 2), pieces: 3)
            staged.abandon()
            staged.abandon()
            do {
                // One that is simply let go is abandoned as well.
                _ = try trial.stage(Trial.pattern(50_000, 3))
            }
            trial.expect(try trial.store.names(below: "").count == before, "something is listed")
            trial.expect(try trial.store.removeAbandoned() == 0, "something was left to remove")
        },
        Rule("Abandoning after the end is harmless") { trial in
            let name = trial.name("finished")
            let staged = try trial.stage([1, 2, 3])
            _ = try staged.finish(as: name, .deferred)
            staged.abandon()
            try trial.store.flush()
            trial.expect(try trial.contents(name) == [1, 2, 3], "the object is gone or changed")
        },
        Rule("Removing what dead runs left does not touch who is at work") { trial in
            let name = trial.name("alive")
            let staged = try trial.stage([4, 5, 6])
            _ = try trial.store.removeAbandoned()
            trial.expect(try staged.finish(as: name, .immediate) == .created, "it could not be finished any more")
            trial.expect(try trial.contents(name) == [4, 5, 6], "it holds other bytes")
        },
        Rule("An empty staged object is an object") { trial in
            trial.expect(try trial.store.stage().finish(as: trial.name("empty"), .immediate) == .created, "not created")
            trial.expect(try trial.store.size(of: trial.name("empty")) == 0, "it has no size")
        },
        Rule("A big object, written in odd pieces, is read in any range") { trial in
            let (name, count) = (trial.name("big"), trial.effort.bigObjectBytes)
            let staged = try trial.store.stage()
            var written = 0
            while written < count {
                let piece = Trial.pattern(min(777_777, count - written), written)
                try piece.withUnsafeBytes { try staged.append($0) }
                written += piece.count
            }
            trial.expect(try staged.finish(as: name, .immediate) == .created, "not created")
            trial.expect(try trial.store.size(of: name) == Int64(count), "another size")
            for start in stride(from: 0, to: count, by: 777_777) {
                let wanted = Trial.pattern(min(777_777, count - start), start)
                let found = try trial.store.readRange(name, at: Int64(start), count: wanted.count)
                trial.expect(found == wanted, "other bytes from \(start) on")
            }
        },
    ]
}
