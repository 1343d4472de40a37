import Primitives
import RepositoryEngine
import Sealing
import Storage

/// Sees to it that nothing a snapshot needs can be removed before the snapshot may: what earlier runs stored is locked for longer, once a
/// cohort. The host remembers how long each object is locked; what it does not know, it asks the store.
final class PackLocks: Sendable {
    private let repository: Repository
    private let locking: any ObjectLocking
    private let duty: LockDuty
    private let caches: HostCaches
    private let memory: Monitor<LockMemory>

    init(repository: Repository, duty: LockDuty, caches: HostCaches, cacheKey: borrowing SecretBytes) throws {
        guard let locking = repository.store.locking else { preconditionFailure("there is no duty without locks") }
        self.repository = repository
        self.locking = locking
        self.duty = duty
        self.caches = caches
        let memory = caches.lockMemory(cacheKey: cacheKey)
        guard memory.policy <= duty.number else {
            throw Failure(
                .rollback,
                "The repository's locks are those of record \(duty.number), and this host has seen record \(memory.policy).",
                advice: "Find out who took the newer record away; 'safehold storage lock' sets locks anew.")
        }
        self.memory = Monitor(memory)
    }

    /// Locks packs of earlier runs, and what it takes to open anything, as long as the snapshot asks. False when a pack is gone: then
    /// nothing may be committed.
    func extend(_ packs: Set<Digest32>, besides own: Set<Digest32>) throws -> Bool {
        let sealed = packs.subtracting(own).sorted()
        memory.withLock { memory in
            for pack in own { memory.until[pack] = duty.lock.until.seconds }
            memory.keep(only: packs.union(own))
        }
        for name in try common() { try extend([name], known: LockMemory.key(name)) }
        let missing = Monitor(false)
        try Concurrently.forEach(sealed, threads: 8) { [self] pack in
            do {
                try extend([Names.pack(pack, .data), Names.pack(pack, .metadata)], known: pack)
            } catch let failure as Failure where failure.code == .objectMissing {
                missing.withLock { $0 = true }
            }
        }
        return !missing.withLock { $0 }
    }

    /// What no backup can be opened without.
    private func common() throws -> [ObjectName] {
        let store = repository.store
        return try [Names.format] + store.names(below: "keys") + store.names(below: "spec")
            + store.names(below: Names.locks)
    }

    /// The first of `places` that is there.
    private func extend(_ places: [ObjectName], known key: Digest32) throws {
        let required = duty.required.seconds
        if let known = memory.withLock({ $0.until[key] }), known >= required { return }
        for (index, name) in places.enumerated() {
            do {
                let until = try locked(name)
                return memory.withLock { $0.until[key] = until }
            } catch let failure as Failure where failure.code == .objectMissing && index + 1 < places.count {
                continue
            }
        }
    }

    /// Until when it is locked afterwards.
    private func locked(_ name: ObjectName) throws -> UInt64 {
        if let lock = try locking.lock(of: name), lock.until >= duty.required,
            lock.mode == .compliance || duty.lock.mode == .governance
        {
            return lock.until.seconds
        }
        try locking.extendLock(of: name, duty.lock)
        return duty.lock.until.seconds
    }

    func remember(cacheKey: borrowing SecretBytes) throws {
        try caches.keep(memory.withLock { $0.with(policy: duty.number) }, cacheKey: cacheKey)
    }
}
