import Primitives
import Storage

/// How long what is backed up stays locked, by the class of retention that a snapshot is made for.
package struct LockPolicy: Sendable, Equatable {
    package struct RetentionClass: Sendable, Equatable {
        package var name: String
        package var days: UInt32
        package init(name: String, days: UInt32) { (self.name, self.days) = (name, days) }
    }

    package static let longestDays: UInt32 = 36_500

    package var mode: ObjectLock.Mode
    /// The first one is for snapshots that ask for none.
    package var classes: [RetentionClass]
    /// Locks end with a cohort, so that a pack which is used again and again is extended once in so many days.
    package var cohortDays: UInt32 = 30
    /// What a bucket's policy should allow.
    package var minimumDays: UInt32
    package var maximumDays: UInt32

    /// Throws `usage` for what cannot be meant.
    package init(
        mode: ObjectLock.Mode, classes: [RetentionClass], cohortDays: UInt32 = 30, minimumDays: UInt32? = nil,
        maximumDays: UInt32? = nil
    ) throws {
        self.mode = mode
        self.classes = classes
        self.cohortDays = cohortDays
        let days = classes.map(\.days)
        self.minimumDays = minimumDays ?? days.min() ?? 0
        let longest = UInt64(days.max() ?? 0) + UInt64(cohortDays)
        self.maximumDays = maximumDays ?? UInt32(min(UInt64(Self.longestDays), longest))
        if let problem { throw Failure(.usage, "These locks cannot be: \(problem).", advice: Self.advice) }
    }

    private static let advice =
        "Give classes as --class daily=14 --class yearly=2600: names of letters, digits and '-', days from 1 to 36500, the usual one first."

    var problem: String? {
        let names = classes.map(\.name)
        if classes.isEmpty { return "there is no class of retention" }
        if Set(names).count != names.count { return "a class is given twice" }
        for name in names where !Self.isName(name) { return "'\(name)' is no name for a class" }
        let allowed = 1...Self.longestDays
        guard allowed.contains(minimumDays), allowed.contains(maximumDays), (1...366).contains(cohortDays) else {
            return "days go from 1 to \(Self.longestDays), and a cohort has 1 to 366"
        }
        for item in classes
        where item.days < minimumDays || UInt64(item.days) + UInt64(cohortDays) > UInt64(maximumDays) {
            return
                "class '\(item.name)' is locked \(item.days) days and up to \(cohortDays) more, outside of \(minimumDays) to \(maximumDays)"
        }
        return nil
    }

    private static func isName(_ name: String) -> Bool {
        (1...32).contains(name.utf8.count)
            && name.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// Until when a snapshot of this class that is begun `now` has to be restorable whatever happens. Throws `usage` for an unknown class.
    package func required(_ name: String?, from now: Timestamp) throws -> Timestamp {
        guard let found = name.map({ name in classes.first { $0.name == name } }) ?? classes.first else {
            throw Failure(
                .usage, "This repository has no class of retention '\(name ?? "")'.",
                advice: "It has: \(classes.map(\.name).joined(separator: ", ")). 'safehold storage lock' shows them.")
        }
        return Timestamp(nanoseconds: now.nanoseconds + Int64(found.days) * Self.day)
    }

    /// What backups to come lose against `other`, as a half sentence; nil where nothing is locked for less long.
    package func shorter(than other: LockPolicy) -> String? {
        for old in other.classes {
            guard let new = classes.first(where: { $0.name == old.name }) else { return "class '\(old.name)' is gone" }
            if new.days < old.days {
                return "class '\(old.name)' is locked for \(new.days) days instead of \(old.days)"
            }
        }
        let (usual, before) = (classes.first?.days ?? 0, other.classes.first?.days ?? 0)
        if usual < before { return "what names no class is locked for \(usual) days instead of \(before)" }
        if cohortDays < other.cohortDays {
            return "a lock lasts to the end of \(cohortDays) days instead of \(other.cohortDays)"
        }
        if minimumDays < other.minimumDays {
            return "the shortest lock is one of \(minimumDays) days instead of \(other.minimumDays)"
        }
        if maximumDays < other.maximumDays {
            return "the longest lock is one of \(maximumDays) days instead of \(other.maximumDays)"
        }
        return nil
    }

    /// The lock of what has to be there until `required`: to the end of the cohort that it lies in.
    package func lock(until required: Timestamp) -> ObjectLock {
        let length = Int64(cohortDays) * Self.day
        let cohort = required.nanoseconds.dividedFloor(by: length)
        return ObjectLock(mode: mode, until: Timestamp(nanoseconds: (cohort + 1) * length))
    }

    static let day: Int64 = 86_400_000_000_000
}
