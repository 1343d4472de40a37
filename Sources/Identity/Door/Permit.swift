/// What an operation does, as its permit names it.
package protocol PermittedAction: SendableMetatype {
    static var act: Act { get }
}

/// The right to do one thing once. Whoever holds it was let through the one door: nothing outside of this room can make one.
package struct Permit<Action: PermittedAction>: ~Copyable, Sendable {
    /// Who acts, for the record.
    package let who: Actor
    /// What it was asked for.
    package let target: Target

    init(_ who: Actor, on target: Target) { (self.who, self.target) = (who, target) }

    init(owner user: String, on target: Target = .everything) {
        self.init(Actor(.operatingSystem, user: user), on: target)
    }

    /// An operation says what it is about to touch, once it knows. Throws `not-permitted` where something else was asked for.
    package borrowing func require(_ touched: Target) throws {
        guard target.covers(touched) else { throw DoorRefusal.access(.limited(touched)).failure(Action.act) }
    }

    /// Whatever the store: operations know them by other names than those that they are permitted by.
    package borrowing func require(components: Target.Extent) throws {
        let asked = Target(components: target.components)
        guard asked.covers(Target(components: components)) else {
            throw DoorRefusal.access(.limited(Target(components: components, stores: target.stores))).failure(
                Action.act)
        }
    }

    /// The name that records show.
    package var actor: String { who.name }
}

package enum InitialiseAction: PermittedAction { package static let act = Act.initialise }
package enum BackupAction: PermittedAction { package static let act = Act.backup }
package enum RestoreAction: PermittedAction { package static let act = Act.restore }
package enum ExportAction: PermittedAction { package static let act = Act.export }
package enum VerifyAction: PermittedAction { package static let act = Act.verify }
package enum InspectAction: PermittedAction { package static let act = Act.inspect }
package enum LogAction: PermittedAction { package static let act = Act.log }
package enum KeyAction: PermittedAction { package static let act = Act.key }
package enum ForgetAction: PermittedAction { package static let act = Act.forget }
package enum CollectAction: PermittedAction { package static let act = Act.collect }
package enum LockAction: PermittedAction { package static let act = Act.lock }
package enum HoldAction: PermittedAction { package static let act = Act.hold }
package enum ReplicateAction: PermittedAction { package static let act = Act.replicate }
package enum MediaAction: PermittedAction { package static let act = Act.media }
package enum StorageAction: PermittedAction { package static let act = Act.storage }
package enum StrategyAction: PermittedAction { package static let act = Act.strategy }
package enum AccountAction: PermittedAction { package static let act = Act.account }
package enum ApproveAction: PermittedAction { package static let act = Act.approve }
package enum SignAction: PermittedAction { package static let act = Act.sign }
package enum AuditAction: PermittedAction { package static let act = Act.audit }
