import TestSupport
import Testing

/// Backup, change, backup, restore: what comes back is what there was, as rsync, find, getfattr and getfacl see it.
@Suite struct FidelityTests {
    @Test("Random trees come back, before and after a random change", arguments: Soak.isOn ? Array(1...40) : [1, 2])
    func randomTrees(seed: UInt64) throws {
        let place = try Place()
        var tree = try RandomTree(seed: seed, at: place.source, count: 150)
        let first = try place.backup().snapshot
        let original = try place.scratch.folder("original")
        try ChildProcess.shell("cp -a --sparse=always \"$1\"/. \"$2\"", place.source, original)
        try tree.change(60)
        let second = try place.backup().snapshot

        for (snapshot, expected) in [(first, original), (second, place.source)] {
            let copy = try place.restored(snapshot)
            try Comparison.expectSame(expected, copy, "seed \(seed)")
            guard Restorer.isAvailable else {
                LeftOut.say("restoring with restore.py", Restorer.reason)
                continue
            }
            let foreign = place.scratch.path + "/foreign-" + snapshot.prefix(8)
            try Restorer.restore(place, snapshot, to: foreign).mustBe(0)
            try Comparison.expectSame(expected, foreign, "restore.py, seed \(seed)")
        }
    }
}
