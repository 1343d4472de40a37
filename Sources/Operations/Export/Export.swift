import Archive
import CLinux
import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// Writes components of one moment as an archive that plain tools restore from: PROJECT_backup_TIMESTAMP.tar.gz.
package enum Export {
    /// TIMESTAMP/FOLDER/… of each component, then TIMESTAMP/MANIFEST.json and TIMESTAMP/SHA256SUMS. Content streams from the
    /// repository through the compression to its place; memory does not grow with it. Every file is compared with its digest on the
    /// way. The first damage ends the export, and there is no archive: one that is there is whole.
    package static func run(
        permit: consuming Permit<ExportAction>, opened: OpenedRepository, choice: ChosenComponents,
        options: ExportOptions, personal: [String], observer: any OperationObserver,
        leave: (GravePlan) throws -> Leave
    ) throws -> ExportSummary {
        let clock = ContinuousClock()
        let began = clock.now
        sh_release_memory()
        try permit.require(components: .init(choice.members.map { ArchivedFiles.owner(ofLine: $0.name) }))
        try ExportOptions.checkProject(options.project)
        let target = target(options, choice)
        let layouts = try choice.members.map {
            try ComponentLayout($0, stamp: choice.stamp.description, in: opened)
        }
        try FolderCollisions.check(layouts)
        tell(choice, observer)
        guard !options.dryRun else { return rehearsal(layouts, choice, target) }
        if let plan = plan(for: choice, options, personal: personal, in: opened) {
            try leave(plan).require(.exportPersonalData, plan: plan.digest)
        }
        let output = try ExportOutput(target, options)
        do {
            let ledger = ExportLedger(observer: observer, choice)
            let parts = try write(layouts, choice, options, ledger, output)
            let count = try output.finish()
            ledger.finish()
            let elapsed = (clock.now - began).components
            return ExportSummary(
                stamp: choice.stamp, isSet: choice.isSet, parts: parts, missing: choice.missing, target: target,
                archiveBytes: count, seconds: Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18)
        } catch {
            output.abandon()
            throw error
        }
    }

    /// The same archive of one snapshot for a test that recovers from it in scratch space: nothing leaves the host.
    static func rehearse(
        permit: consuming Permit<RestoreAction>, opened: OpenedRepository, choice: ChosenComponents,
        options: ExportOptions, observer: any OperationObserver
    ) throws {
        try permit.require(components: .init(choice.members.map { ArchivedFiles.owner(ofLine: $0.name) }))
        let layouts = try choice.members.map {
            try ComponentLayout($0, stamp: choice.stamp.description, in: opened)
        }
        let output = try ExportOutput(target(options, choice), options)
        do {
            _ = try write(layouts, choice, options, ExportLedger(observer: observer, choice), output)
            _ = try output.finish()
        } catch {
            output.abandon()
            throw error
        }
    }

    /// What others agree to before data of persons leaves: these snapshots, to this place, for these recipients. Nil where there is none.
    package static func plan(
        for choice: ChosenComponents, _ options: ExportOptions, personal: [String], in opened: OpenedRepository
    ) -> GravePlan? {
        let touched = choice.members.filter { personal.contains($0.name) }
        guard !touched.isEmpty else { return nil }
        let lines = choice.members.map { "export \($0.summary.id.hex), component \(JSON.text($0.name).encoded)" }
        return GravePlan(
            .exportPersonalData, on: Target(components: .init(choice.members.map(\.name))),
            lines: ["from repository \(opened.repository.id.hex)"] + lines.sorted() + options.destinationLines)
    }

    private static func target(_ options: ExportOptions, _ choice: ChosenComponents) -> String? {
        guard case .file(let path) = options.destination else { return nil }
        guard ExportFile.isDirectory(path) else { return path }
        return (path == "/" ? "" : path) + "/" + options.fileName(choice.stamp)
    }

    /// What is not whole is said before, and loudly.
    private static func tell(_ choice: ChosenComponents, _ observer: any OperationObserver) {
        for name in choice.missing {
            observer.warning(
                "The component '\(name)' is missing: \(choice.isSet ? "the set" : "that time") has no snapshot of it.")
        }
        for member in choice.members where !member.isComplete {
            observer.warning(
                "The snapshot of '\(member.name)' is partial: \(member.details.problems) of its entries were left out or are not whole."
            )
        }
    }

    private static func rehearsal(
        _ layouts: [ComponentLayout], _ choice: ChosenComponents, _ target: String?
    ) -> ExportSummary {
        let parts = layouts.map { layout in
            var figures = ExportedFigures()
            let details = layout.component.details
            (figures.files, figures.directories) = (details.files, details.directories)
            (figures.others, figures.bytes) = (details.others, details.contentBytes)
            return ExportSummary.Part(component: layout.component, parent: [0x2F] + layout.parent, figures: figures)
        }
        return ExportSummary(
            stamp: choice.stamp, isSet: choice.isSet, parts: parts, missing: choice.missing, target: target,
            archiveBytes: 0, seconds: 0)
    }

    private static func write(
        _ layouts: [ComponentLayout], _ choice: ChosenComponents, _ options: ExportOptions, _ ledger: ExportLedger,
        _ output: ExportOutput
    ) throws -> [ExportSummary.Part] {
        let stream = GzipStream { try output.write($0) }
        let writer = ArchiveWriter(stream: stream, stamp: choice.stamp)
        try writer.begin()
        var parts: [ExportSummary.Part] = []
        for layout in layouts {
            let figures = try ComponentStream(layout, ledger: ledger) { try stream.write($0) }.run()
            if figures.sockets > 0 {
                ledger.warn(
                    "'\(layout.component.name)' has \(figures.sockets) sockets, for which a tar file has no word.")
            }
            parts.append(.init(component: layout.component, parent: [0x2F] + layout.parent, figures: figures))
        }
        let manifest = ExportManifest(options: options, choice: choice, parts: parts)
        try writer.end(manifest: Array(manifest.text.utf8), layouts, parts, ledger)
        return parts
    }
}

extension ExportLedger {
    convenience init(observer: any OperationObserver, _ choice: ChosenComponents) {
        let details = choice.members.map(\.details)
        self.init(
            observer: observer, totalEntries: details.reduce(0) { $0 + $1.files + $1.directories + $1.others },
            totalBytes: details.reduce(0) { $0 + $1.contentBytes })
    }
}
