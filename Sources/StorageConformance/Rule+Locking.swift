import Glibc
import Primitives
import Storage

/// Rules for stores that lock. The locks of a run are short, but real: what is below its prefix cannot be removed before they end.
extension Rule {
    static let locking: [Rule] = [
        Rule("A new object is locked by the request that writes it") { trial in
            try trial.locking { locking, lock in
                locking.lockNewObjects(lock)
                defer { locking.lockNewObjects(nil) }
                let names = [trial.name("locked/put"), trial.name("locked/staged")]
                _ = try trial.store.put([1, 2, 3], as: names[0], .immediate)
                _ = try trial.stage([1, 2, 3]).finish(as: names[1], .deferred)
                for name in names {
                    trial.expect(try locking.lock(of: name) == lock, "\(name) has another lock than was asked for")
                    try trial.expectKept(name)
                    trial.expect(try trial.contents(name) == [1, 2, 3], "\(name) is gone or changed")
                }
            }
        },
        Rule("What is locked is removed when its time has come, and not before") { trial in
            try trial.locking { locking, lock in
                let name = trial.name("expiring")
                _ = try trial.store.put([1], as: name, .immediate)
                try locking.extendLock(of: name, lock)
                try trial.expectKept(name)
                try trial.wait(until: lock.until, by: locking)
                trial.expect(try locking.lock(of: name) == nil, "the lock has not ended")
                try trial.store.remove(name)
                trial.expect(try trial.store.size(of: name) == nil, "it is still there")
            }
        },
        Rule("A lock is lengthened and never shortened") { trial in
            try trial.locking { locking, lock in
                let name = trial.name("lengthened")
                _ = try trial.store.put([1], as: name, .immediate)
                let longer = lock.longer(by: 2)
                try locking.extendLock(of: name, lock)
                try locking.extendLock(of: name, longer)
                trial.expect(try locking.lock(of: name) == longer, "it was not lengthened")
                try locking.extendLock(of: name, lock)
                trial.expect(try locking.lock(of: name) == longer, "it was shortened")
            }
        },
        Rule("A lock keeps one object and no other") { trial in
            try trial.locking { locking, lock in
                let rests = ["only/a", "only/ab", "only/b/a"]
                for rest in rests { _ = try trial.store.put([1], as: trial.name(rest), .immediate) }
                let before = try locking.lock(of: trial.name("only/ab"))
                try locking.extendLock(of: trial.name("only/a"), lock)
                for rest in rests.dropFirst() {
                    trial.expect(try locking.lock(of: trial.name(rest)) == before, "\(rest) was locked along")
                }
            }
        },
        Rule("What is locked is written once all the same") { trial in
            try trial.locking { locking, lock in
                locking.lockNewObjects(lock)
                defer { locking.lockNewObjects(nil) }
                let name = trial.name("once")
                _ = try trial.store.put([1], as: name, .immediate)
                trial.expect(try trial.store.put([2], as: name, .immediate) == .exists, "it was written twice")
                trial.expect(try trial.contents(name) == [1], "it was changed")
            }
        },
        Rule("A legal hold has no end but the one that is set") { trial in
            try trial.locking { locking, _ in
                let name = trial.name("held")
                _ = try trial.store.put([1], as: name, .immediate)
                trial.expect(try !locking.hasLegalHold(name), "it is held before")
                try locking.setLegalHold(true, on: name)
                trial.expect(try locking.hasLegalHold(name), "it is not held")
                try trial.expectKept(name)
                try locking.setLegalHold(false, on: name)
                trial.expect(try !locking.hasLegalHold(name), "it is still held")
            }
        },
        Rule("What is not there is neither locked nor held") { trial in
            try trial.locking { locking, lock in
                let name = trial.name("nothing")
                try trial.expectMissing("asked for its lock") { _ = try locking.lock(of: name) }
                try trial.expectMissing("locked") { try locking.extendLock(of: name, lock) }
                try trial.expectMissing("held") { try locking.setLegalHold(true, on: name) }
                try trial.expectMissing("asked for its hold") { _ = try locking.hasLegalHold(name) }
                trial.expect(try trial.store.size(of: name) == nil, "it is there now")
            }
        },
        Rule("The store's clock goes forward") { trial in
            try trial.locking { locking, _ in
                let before = try locking.now()
                try trial.wait(until: Timestamp(nanoseconds: before.nanoseconds + 1_000_000_000), by: locking)
            }
        },
    ]
}

extension Trial {
    /// With a lock that ends soon.
    fileprivate func locking(_ body: (any ObjectLocking, ObjectLock) throws -> Void) throws {
        guard let locking = store.locking else { return expect(false, "it does not lock any more") }
        let second = try locking.now().nanoseconds.dividedFloor(by: 1_000_000_000) + effort.lockSeconds
        try body(locking, ObjectLock(mode: .compliance, until: Timestamp(nanoseconds: second * 1_000_000_000)))
    }

    fileprivate func expectKept(_ name: ObjectName) throws {
        do {
            try store.remove(name)
            expect(false, "\(name) was removed")
        } catch let failure as Failure where failure.code == .objectLocked {
            expect(try store.size(of: name) != nil, "\(name) is gone, though it was refused")
        }
    }

    fileprivate func expectMissing(_ what: String, _ body: () throws -> Void) throws {
        do {
            try body()
            expect(false, "it could be \(what)")
        } catch let failure as Failure where failure.code == .objectMissing {}
    }

    /// A clock that stands is a finding, and no reason to wait for ever.
    fileprivate func wait(until end: Timestamp, by locking: any ObjectLocking) throws {
        for _ in 0..<(effort.lockSeconds + 10) * 5 {
            if try locking.now() >= end { return }
            usleep(200_000)
        }
        expect(false, "its clock does not go forward")
    }
}

extension ObjectLock {
    fileprivate func longer(by seconds: Int64) -> ObjectLock {
        ObjectLock(mode: mode, until: Timestamp(nanoseconds: until.nanoseconds + seconds * 1_000_000_000))
    }
}
