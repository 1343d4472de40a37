import CLinux
import Identity
import Primitives
import RepositoryEngine
import Strategy

/// Recovers a component from an export of its snapshot, as docs/export.md says that it is done on a machine without Safehold: by tar, sha256sum and cp alone.
struct TestedExport {
    let snapshot: CatalogedSnapshot
    let opened: OpenedRepository
    let project: String
    let software: String
    /// An empty folder that is gone afterwards, and how much may be in it.
    let folder: String
    let room: UInt64
    /// Of the snapshot's files.
    let bytes: UInt64
    let observer: any OperationObserver

    /// The words of docs/export.md, for one component. $1: the archive; $2: TIMESTAMP; $3: the component's folder. Each is the shell's last, so
    /// that it takes the shell's place and ends with this program.
    private static let commands = [
        "exec tar -xzf \"$1\"", "cd \"$2\" && exec sha256sum --check --quiet SHA256SUMS",
        "mkdir recovered && exec cp -r \"$2/$3/.\" recovered/",
    ]

    func run(_ permit: () throws -> Permit<RestoreAction>) throws -> TestedStreams.Check {
        func check(_ result: TestedStreams.Check.Result, _ words: String) -> TestedStreams.Check {
            TestedStreams.Check(name: "export", result: result, words: words)
        }
        // The archive, what tar takes out of it, and what cp makes of that.
        let needed = bytes.multipliedReportingOverflow(by: 3)
        guard !needed.overflow, needed.partialValue <= room else {
            return check(.notDone, "three times its size were needed, and \(Wording.size(room)) may be taken")
        }
        let choice = try ChosenComponents(snapshot, in: opened)
        let options = ExportOptions(project: project, destination: .file(folder), software: software)
        try LocalFile.makeDirectories(folder)
        do {
            try Export.rehearse(
                permit: try permit(), opened: opened, choice: choice, options: options, observer: observer)
        } catch let failure as Failure where failure.code.class == .integrity {
            return check(.failed, failure.message)
        }
        let stamp = choice.stamp.description
        let names = [folder, options.fileName(choice.stamp), stamp, choice.members[0].folder.description]
        for command in Self.commands {
            var program = BoundedProgram(
                ["/bin/sh", "-euc", "cd \"$0\" && " + command] + names, timeout: .seconds(86_400))
            program.endsWithUs = true
            let end: BoundedProgram.End
            do {
                end = try program.run(isCancelled: { observer.isCancelled })
            } catch let failed as ProgramLaunch.Failed {
                return check(.notDone, "the shell cannot be started: \(failed.reason)")
            }
            if observer.isCancelled { throw Failure.interrupted }
            if let problem = end.problem { return check(.failed, "'\(command)' \(problem): \(end.lastWords)") }
        }
        return check(.passed, "tar, sha256sum and cp recovered it from its export")
    }
}
