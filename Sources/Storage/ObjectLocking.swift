import Primitives

/// How long a store refuses to remove an object, and whom.
package struct ObjectLock: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Whoever has a special right may end it early: for trials.
        case governance
        /// Nobody may end it early, the account's owner neither.
        case compliance
    }

    package var mode: Mode
    /// Whole seconds.
    package var until: Timestamp

    package init(mode: Mode, until: Timestamp) { (self.mode, self.until) = (mode, until) }
}

/// A store that can be told to keep an object until a day has come, whoever asks it to remove it. Locks are lengthened, never shortened.
package protocol ObjectLocking: Sendable {
    /// What is written from now on is locked so by the request that writes it, and looked at whether it is; nil for no lock.
    func lockNewObjects(_ lock: ObjectLock?)
    /// Nil where an object is not locked, or not any more. Throws `object-missing`.
    func lock(of name: ObjectName) throws -> ObjectLock?
    /// Locks an object that is there; one that is locked at least as long stays as it is. Throws `object-missing`.
    func extendLock(of name: ObjectName, _ lock: ObjectLock) throws
    /// A hold has no end but the one that somebody sets. Throws `object-missing`.
    func setLegalHold(_ isHeld: Bool, on name: ObjectName) throws
    func hasLegalHold(_ name: ObjectName) throws -> Bool
    /// The store's own time: what locks end by.
    func now() throws -> Timestamp
}

extension Failure {
    package static func objectLocked(_ name: ObjectName, in location: String) -> Failure {
        Failure(
            .objectLocked, "The store \(location) keeps \(name) locked and does not remove it.",
            advice: "Wait until its lock has ended, or lift the legal hold if it is under one. Nothing else is needed.")
    }
}
