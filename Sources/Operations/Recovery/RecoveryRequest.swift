import Primitives
import Strategy

/// What somebody wants recovered, to which point, and where to.
package struct RecoveryRequest: Sendable {
    package var component: String
    /// Of which host, where several back up a component of the same name.
    package var host: String?
    /// The base backup is that of this set, or the newest of this time or before; nil for the newest that ended before the target.
    package var moment: SetSelection.Moment?
    package var target: RecoveryTarget
    package var isInclusive = true
    package var timeline = RecoveryTimeline.latest
    package var action = RecoveryAction.pause
    /// The data directory: absolute. Nil where the recovery is only tried.
    package var directory: String?
    /// What is there already is made into the base backup.
    package var isInPlace = false
    package var mappings: [TablespaceMapping] = []
    /// Says what would be done, and does nothing.
    package var isRehearsal = false
    /// Has a server recover in scratch space first.
    package var isTried = false
    package var waitsForMedium = false
    /// Where the server's programs lie; nil where they are to be looked for.
    package var programs: String?
    /// The words that have this program bring a file of the archive; the server adds the file's name and where it goes.
    package var fetchWords: [String]

    package init(component: String, target: RecoveryTarget, fetchWords: [String]) {
        (self.component, self.target, self.fetchWords) = (component, target, fetchWords)
    }

    /// `system` is the cluster's identifier: an archive may have the log of several.
    func settings(action: RecoveryAction, of system: UInt64) -> RecoverySettings {
        RecoverySettings(
            target: target, isInclusive: isInclusive, timeline: timeline, action: action,
            restoreCommand: RecoverySettings.command(
                fetchWords + ["--system", String(system)], placeholders: ["%f", "%p"]))
    }
}
