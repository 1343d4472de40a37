import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaCopyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Bring everything that is missing onto a medium, with parity.",
        discussion: """
            Copies the repository as it is, compares every object with its name, reads it back from the medium, and adds parity. What is
            there already is left alone; interrupted, it is run again. It says done when all is on the medium. What cannot be read is
            named, and the exit status is 3.

              safehold media copy /mnt/disk
            """)

    @Argument(help: "Where the medium is mounted.", completion: .directory)
    var path: String

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(
            MediaAction.self, on: try session.target(path, try session.location(repositoryOptions)))
        let repository = try session.repository(repositoryOptions)
        let observer = ProgressObserver(doing: "media-copy", session)
        defer { observer.finish() }
        let report = try CopyToMedium.run(
            permit: permit, repository: repository, medium: try session.medium(at: path), observer: observer,
            clock: session.surroundings.clock)
        observer.finish()
        report.show(session.output, seconds: observer.elapsed)
        return report.missing.isEmpty ? .done : .partial
    }
}

extension CopyToMedium.Report {
    fileprivate func show(_ output: Output, seconds: Double) {
        for finding in missing {
            if output.json {
                output.record("finding") { object in
                    object.set("severity", "damage")
                    object.set("code", Failure.Code.objectDamaged.rawValue)
                    object.set("message", "\(finding.object) \(finding.problem)")
                    object.set("object", finding.object)
                }
            } else {
                output.line("MISSING: \(finding.object) \(finding.problem)")
            }
        }
        if output.json { return record(output, seconds) }
        guard !output.quiet else { return }
        output.line(
            "Copied \(Text.counted(copied, "object", "objects")), \(Text.size(copiedBytes)), onto '\(medium.label)' with "
                + "\(Text.size(parityBytes)) of parity in \(Text.duration(seconds)); \(Text.count(present)) were there."
        )
        output.line(
            missing.isEmpty
                ? "It holds \(Text.counted(medium.snapshots, "snapshot", "snapshots")) and can be taken away."
                : "\(Text.counted(UInt64(missing.count), "object is", "objects are")) missing on it.")
    }

    private func record(_ output: Output, _ seconds: Double) {
        output.record("summary") { object in
            object.set("operation", "media-copy")
            object.set("outcome", missing.isEmpty ? "complete" : "partial")
            object.set("medium", medium.id.hex)
            object.set("label", medium.label)
            object.set("snapshots", medium.snapshots)
            object.set("objects_copied", copied)
            object.set("objects_present", present)
            object.set("bytes_copied", copiedBytes)
            object.set("parity_bytes", parityBytes)
            object.set("findings", UInt64(missing.count))
            object.set("elapsed_seconds", seconds: seconds)
        }
    }
}
