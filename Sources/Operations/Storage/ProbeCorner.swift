import Glibc
import Primitives
import Storage
import StorageConformance

/// Where a probe writes, and how it is taken away again.
struct ProbeCorner {
    let store: ScratchStore
    /// Why removing and locking cannot be tried; nil where they can.
    let untried: String?
    /// What was written under a lock and could be removed all the same.
    let unlocked: String?
    private let lockSeconds: Int64
    private let madeTemporaries: Bool

    init(_ base: any ObjectStore, _ scratch: String, _ clock: WallClock, _ lockSeconds: Int64) throws {
        self.lockSeconds = lockSeconds
        // Where no repository is, a directory has no place yet for what is on its way.
        madeTemporaries = base.directory.map { mkdir($0 + "/tmp", 0o700) == 0 } ?? false
        let retention = try base.inquiry?.facts().defaultRetention
        var brief: BriefLock?
        if retention != nil, let locking = base.locking {
            let ahead = try locking.now().nanoseconds - clock.now().nanoseconds
            // Long enough for the upload that it comes with.
            brief = BriefLock(locking: locking, clock: clock, ahead: ahead, seconds: lockSeconds + 10)
        }
        store = ScratchStore(base, below: scratch, briefly: brief)
        (untried, unlocked) = try Self.obstacle(store, retention)
    }

    /// Tries with one small object whether it goes away again.
    private static func obstacle(_ store: ScratchStore, _ retention: StoreFacts.Retention?) throws -> (
        untried: String?, unlocked: String?
    ) {
        let name = ObjectName("first")
        _ = try store.put([1], as: name, .immediate)
        let years = retention.map {
            "removing and locking: the bucket locks everything for \($0.days) days (\($0.mode)); what was tried here was locked for seconds instead"
        }
        do {
            try store.remove(name)
            return (years, retention == nil ? nil : "what was locked for seconds was removed at once")
        } catch let failure as Failure where failure.code == .objectLocked && retention != nil {
            return (years, nil)
        } catch let failure as Failure where failure.code == .storageDenied {
            return ("removing and locking: these credentials may not remove, which is as a host's should be", nil)
        }
    }

    /// Of locks, where the suite cannot try them.
    var rules: [Probe.Rule] {
        guard store.isBrief else { return [] }
        return [Probe.Rule(name: "What is locked for seconds stays for them", details: unlocked.map { [$0] } ?? [])]
    }

    func effort(_ wanted: Probe.Effort) -> ConformanceSuite.Effort {
        var effort = ConformanceSuite.Effort()
        (effort.rivals, effort.rounds) = (wanted.rivals, wanted.rounds)
        effort.lockSeconds = wanted.lockSeconds
        effort.removes = untried == nil
        // What stays for ever is kept small.
        effort.bigObjectBytes = effort.removes ? wanted.bigObjectBytes : min(wanted.bigObjectBytes, 1 << 20)
        return effort
    }

    /// Takes away what was written as far as that can be had, and returns how many objects stay.
    func clear() -> Int {
        store.base.locking?.lockNewObjects(nil)
        var left = 0
        for attempt in 0..<Int(lockSeconds) + 15 {
            left = removeAll()
            if left == 0 || (attempt == 0 && mayNeverRemove) { break }
            sleep(1)
        }
        if let directory = store.base.directory { removeDirectories(directory + "/" + store.prefix) }
        if madeTemporaries, let directory = store.base.directory { rmdir(directory + "/tmp") }
        return left
    }

    private var mayNeverRemove: Bool { untried != nil && store.base.locking == nil }

    private func removeAll() -> Int {
        guard let names = try? store.base.names(below: store.prefix) else { return 1 }
        let open = Monitor(names[...])
        let kept = Monitor(0)
        let threads = WorkerThreads()
        for _ in 0..<min(8, names.count) {
            threads.start { [base = store.base] in
                while let name = open.update({ $0.popFirst() }) {
                    do { try base.remove(name) } catch { kept.update { $0 += 1 } }
                }
            }
        }
        threads.joinAll()
        return kept.withLock { $0 }
    }

    private func removeDirectories(_ path: String) {
        for name in (try? LocalFile.names(in: path)) ?? [] { removeDirectories(path + "/" + name) }
        rmdir(path)
    }
}
