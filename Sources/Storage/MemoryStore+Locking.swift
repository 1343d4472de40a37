import Primitives

extension MemoryStore: ObjectLocking {
    package func lockNewObjects(_ lock: ObjectLock?) { newLock.withLock { $0 = lock } }

    package func lock(of name: ObjectName) throws -> ObjectLock? {
        try requirePresent(name)
        let lock = locks.withLock { $0[name] }
        return try lock.flatMap { try $0.until > now() ? $0 : nil }
    }

    package func extendLock(of name: ObjectName, _ lock: ObjectLock) throws {
        try requirePresent(name)
        locks.withLock { locks in
            guard let old = locks[name], old.until >= lock.until else { return locks[name] = lock }
        }
    }

    package func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws {
        try requirePresent(name)
        holds.withLock { holds in
            if isHeld { holds.insert(name) } else { holds.remove(name) }
        }
    }

    package func hasLegalHold(_ name: ObjectName) throws -> Bool {
        try requirePresent(name)
        return holds.withLock { $0.contains(name) }
    }

    package func now() throws -> Timestamp { clock?.now() ?? WallClock.system.now() }

    func isRemovable(_ name: ObjectName) throws -> Bool {
        guard clock != nil else { return true }
        do {
            return try lock(of: name) == nil && !hasLegalHold(name)
        } catch let failure as Failure where failure.code == .objectMissing {
            return true
        }
    }

    private func requirePresent(_ name: ObjectName) throws {
        guard try size(of: name) != nil else { throw Failure.objectMissing(name, in: location) }
    }
}
