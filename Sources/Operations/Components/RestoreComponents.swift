import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// Brings components back without the detour over an archive: one directly into the target, several each into its folder, as an export
/// names it. What is above a component's own directory is left out, as an export does.
package enum RestoreComponents {
    package struct Part: Sendable {
        package let component: ChosenComponent
        package let target: String
        package let summary: RestoreSummary
    }

    /// Snapshot and target of `template` are set for each: its target is that of all. Components of one folder must not have files in
    /// common. Throws the first failure; what was restored before stays, and the same run again goes on from there.
    package static func run(
        permit: (Target.Extent) throws -> Permit<RestoreAction>, opened: OpenedRepository, choice: ChosenComponents,
        intoFolders: Bool, template: RestoreOptions, observer: any OperationObserver
    ) throws -> [Part] {
        let layouts = try choice.members.map {
            try ComponentLayout($0, stamp: choice.stamp.description, in: opened)
        }
        if intoFolders {
            try FolderCollisions.check(layouts)
            if !template.dryRun { try make(template.target) }
        }
        return try layouts.map { layout in
            var options = template
            options.snapshot = layout.component.snapshot
            options.parent = layout.parent
            if intoFolders { options.target += "/" + layout.component.folder.description }
            let summary = try Restore.run(
                permit: try permit(.only([layout.component.name])), repository: opened.repository,
                opener: opened.opener, options: options,
                observer: observer)
            return Part(component: layout.component, target: options.target, summary: summary)
        }
    }

    /// A target is made if its parent exists; the parent of the folders is the target that was named.
    private static func make(_ target: String) throws {
        let made = sh_mkdir(AT_FDCWD, target, 0o755)
        guard made == 0 || made == -EEXIST else { throw SystemError(made, "making it").failure(target: target) }
    }
}
