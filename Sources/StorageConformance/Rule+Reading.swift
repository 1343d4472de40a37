import Primitives
import Storage

extension Rule {
    static let reading: [Rule] = [
        Rule("A range gives what there is of it") { trial in
            let name = trial.name("ranges")
            let bytes = Trial.pattern(10_000, 3)
            _ = try trial.store.put(bytes, as: name, .immediate)
            for (offset, count) in [
                (0, 1), (0, 10_000), (1, 9_999), (9_999, 1), (4_000, 200), (0, 20_000), (9_990, 4_096),
                (5_000, 1 << 20),
            ] {
                let wanted = Array(bytes[offset..<min(bytes.count, offset + count)])
                trial.expect(
                    try read(trial, name, offset, count) == wanted, "\(count) bytes from \(offset) on are not those")
            }
        },
        Rule("There is nothing beyond the end, and no error") { trial in
            let name = trial.name("end")
            _ = try trial.store.put([1, 2, 3], as: name, .immediate)
            for offset in [3, 4, 4096, 1 << 40] {
                trial.expect(try read(trial, name, offset, 10) == [], "bytes from \(offset) on")
            }
            trial.expect(try read(trial, name, 0, 0) == [], "bytes where none were wanted")
        },
        Rule("What is missing is told from what failed") { trial in
            for rest in ["missing", "missing/below/it"] {
                let name = trial.name(rest)
                trial.expect(try trial.store.size(of: name) == nil, "\(rest) has a size")
                do {
                    let bytes = try read(trial, name, 0, 10)
                    trial.expect(false, "\(rest) was read: \(bytes)")
                } catch let failure as Failure {
                    trial.expect(
                        failure.code == .objectMissing, "\(rest): \(failure.code.rawValue) instead of object-missing")
                }
            }
        },
        Rule("A name below an object's name is missing, not broken") { trial in
            _ = try trial.store.put([1], as: trial.name("object"), .immediate)
            let below = trial.name("object/below")
            trial.expect(try trial.store.size(of: below) == nil, "it has a size")
            do {
                _ = try read(trial, below, 0, 1)
                trial.expect(false, "it was read")
            } catch let failure as Failure {
                trial.expect(failure.code == .objectMissing, "\(failure.code.rawValue) instead of object-missing")
            }
        },
        Rule("Many read one object at once") { trial in
            let name = trial.name("popular")
            let bytes = Trial.pattern(300_000, 5)
            _ = try trial.store.put(bytes, as: name, .immediate)
            trial.together(trial.effort.rivals) { index in
                for round in 0..<20 {
                    let offset = (index * 17_389 + round * 4_099) % 290_000
                    let found = try read(trial, name, offset, 5_000)
                    trial.expect(
                        found == Array(bytes[offset..<min(bytes.count, offset + 5_000)]),
                        "other bytes from \(offset) on")
                }
            }
        },
    ]

    private static func read(_ trial: Trial, _ name: ObjectName, _ offset: Int, _ count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = try trial.store.read(name, at: Int64(offset), into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
