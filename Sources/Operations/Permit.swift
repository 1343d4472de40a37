/// The right to do one thing once. Whoever holds it was let through the one door; until Identity lands, Assembly mints an owner's
/// permit for the local operating-system user.
package struct Permit<Action>: ~Copyable, Sendable {
    /// Who acts, for the record.
    package let actor: String

    package init(owner actor: String) { self.actor = actor }
}

package enum InitialiseAction {}
package enum BackupAction {}
package enum RestoreAction {}
package enum ExportAction {}
package enum VerifyAction {}
package enum InspectAction {}
package enum KeyAction {}
package enum ForgetAction {}
package enum CollectAction {}
package enum LockAction {}
package enum HoldAction {}
package enum ReplicateAction {}
package enum MediaAction {}
package enum StorageAction {}
package enum StrategyAction {}
