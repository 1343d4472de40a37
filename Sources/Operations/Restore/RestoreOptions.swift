import Primitives
import RepositoryEngine

/// What to do with what is in the target already.
package enum OverwritePolicy: String, Sendable, CaseIterable {
    /// What exists stays as it is.
    case never
    /// What differs from the snapshot is replaced. A file of the same size and modification time counts as the same; where only
    /// the time differs, its content decides. This is what makes an interrupted restore go on where it stopped.
    case ifChanged = "if-changed"
    /// Every file is written anew, and a symbolic link or a file that stands where a directory belongs makes room.
    case always
}

/// What to restore, and where to.
package struct RestoreOptions: Sendable {
    package var snapshot: CatalogedSnapshot
    /// An absolute path. The directory is made if its parent exists.
    package var target: String
    /// Brings a tree that was backed up as PATH back directly under `target` and not under its absolute path. Of several such trees
    /// each comes under its last name.
    package var strip = false
    /// The directory whose content comes directly under `target`, as the listing has paths; takes the place of `strip`.
    package var parent: [UInt8]?
    /// What to restore: absolute paths, each with all that is below it, and patterns (see `GlobPattern`). Empty for all.
    package var selection: [String] = []
    /// Only these files, as the listing has paths and in its order; takes the place of `selection`.
    package var files: [[UInt8]]?
    /// Paths that are not restored, each with all that is below it, as the listing has paths.
    package var leftOut: [[UInt8]] = []
    package var overwrite: OverwritePolicy = .ifChanged
    /// Finds out and reports what would be done, and changes nothing.
    package var dryRun = false
    /// Reads everything back when it is done and compares it with the digests of the listing.
    package var verify = false
    /// Waits at the end until all data and names are on the medium.
    package var sync = false
    /// Where nothing is written: the host's own state, where people sign in.
    package var guarded: GuardedState?

    package init(snapshot: CatalogedSnapshot, target: String) { (self.snapshot, self.target) = (snapshot, target) }
}

/// What a restore did, or would do.
package struct RestoreSummary: Sendable {
    package var files: UInt64 = 0
    package var directories: UInt64 = 0
    /// Symbolic links, FIFOs, sockets and devices.
    package var others: UInt64 = 0
    /// Further names of files that have several.
    package var hardLinks: UInt64 = 0
    /// Content written.
    package var bytes: UInt64 = 0
    /// Entries that were there as the snapshot has them.
    package var unchanged: UInt64 = 0
    /// Entries that differ and stay, because nothing may be overwritten.
    package var skipped: UInt64 = 0
    /// Files read back and found equal.
    package var verified: UInt64 = 0
    /// All of it was on the medium when the restore ended.
    package var synced = false
    /// Temporary files of an interrupted run that were removed.
    package var removedLeftovers: UInt64 = 0
    package var problems: [EntryProblem] = []
    /// All of them, of which `problems` holds the first thousand.
    package var problemCount: UInt64 = 0
    /// Those of `problemCount` that are damage in the repository.
    package var damageCount: UInt64 = 0
    package var seconds: Double = 0

    package init() {}
    package var isPartial: Bool { problemCount > 0 }
}
