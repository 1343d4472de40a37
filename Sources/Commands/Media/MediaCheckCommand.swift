import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaCheckCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Read a medium from end to end, and say whether parity can mend what is damaged.",
        discussion: """
            Reads every object and every block of parity from the medium and compares them. Needs nothing but the medium: no key, and no
            repository. Changes nothing but the medium's journal.

              safehold media check /mnt/disk
            """)

    @Argument(help: "Where the medium is mounted.", completion: .directory)
    var path: String

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(MediaAction.self, on: try session.target(path))
        let observer = ProgressObserver(doing: "media-check", session)
        defer { observer.finish() }
        let report = try CheckMedium.run(
            permit: permit, medium: try session.medium(at: path), mode: .check, observer: observer,
            clock: session.surroundings.clock)
        observer.finish()
        report.show("media-check", session.output)
        return report.damages.isEmpty ? .done : .damaged
    }
}

struct MediaRepairCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "repair",
        abstract: "Mend what is damaged on a medium, from parity.",
        discussion: """
            A damaged file stays as it is until the mended one lies beside it and has the right digest. What is beyond parity is taken from
            the repository if --repository names one that has it whole; what remains is named, and the exit status is 11.

              safehold media repair /mnt/disk
              safehold media repair /mnt/disk --repository /mnt/backup/safehold
            """)

    @Argument(help: "Where the medium is mounted.", completion: .directory)
    var path: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Takes from here what parity cannot mend. Default: from nowhere.", valueName: "dir"),
        completion: .directory)
    var repository: String?

    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let permit = try session.permit(
            MediaAction.self, on: try session.target(path, try repository.map(session.place)))
        let medium = try session.medium(at: path)
        let source = try repository.map { given in
            var options = RepositoryOptions()
            options.repository = given
            return try session.repository(options)
        }
        let observer = ProgressObserver(doing: "media-repair", session)
        defer { observer.finish() }
        let report = try CheckMedium.repair(
            permit: permit, medium: medium, from: source, observer: observer, clock: session.surroundings.clock)
        observer.finish()
        report.show("media-repair", session.output)
        return report.open == 0 ? .done : .damaged
    }
}

extension MediumReport {
    fileprivate func show(_ operation: String, _ output: Output) {
        for damage in damages {
            if output.json {
                output.record("finding") { object in
                    object.set("severity", damage.remedy == .lost || damage.remedy == .mendable ? "damage" : "note")
                    object.set("code", Failure.Code.objectDamaged.rawValue)
                    object.set("message", "\(damage.object) \(damage.problem).")
                    object.set("object", damage.object)
                    object.set("remedy", damage.remedy.rawValue)
                }
            } else {
                output.line("DAMAGE: \(damage.object) \(damage.problem): \(damage.remedy.text).")
            }
        }
        if output.json {
            output.record("summary") { fill(&$0, operation) }
        } else if !output.quiet {
            output.lines(lines)
        }
    }

    private var lines: [String] {
        var lines = [
            "Read \(Text.counted(objects, "object", "objects")), \(Text.size(bytes)), and \(Text.size(parityBytes)) of parity on "
                + "'\(medium.label)' in \(Text.duration(seconds))."
        ]
        if unprotected > 0 {
            lines.append(
                "\(Text.counted(unprotected, "object has", "objects have")) no parity yet: run 'safehold media copy'.")
        }
        if damages.isEmpty { return lines + ["All is whole."] }
        if count(.mendable) > 0 { lines.append("Parity can mend \(count(.mendable)): run 'safehold media repair'.") }
        if count(.mended) > 0 { lines.append("Mended from parity: \(count(.mended)).") }
        if count(.copied) > 0 { lines.append("Taken from the repository again: \(count(.copied)).") }
        if count(.lost) > 0 {
            lines.append(
                "Beyond parity: \(count(.lost)). If the repository is at hand, 'safehold media repair --repository' takes them from there."
            )
        }
        return lines
    }

    private func fill(_ object: inout JSONObject, _ operation: String) {
        object.set("operation", operation)
        object.set("outcome", "complete")
        object.set("medium", medium.id.hex)
        object.set("label", medium.label)
        object.set("objects", objects)
        object.set("bytes_read", bytes)
        object.set("parity_bytes", parityBytes)
        object.set("unprotected", unprotected)
        object.set("findings", UInt64(damages.count))
        object.set("mendable", count(.mendable))
        object.set("mended", count(.mended))
        object.set("copied_again", count(.copied))
        object.set("lost", count(.lost))
        object.set("elapsed_seconds", seconds: seconds)
    }
}

extension MediumReport.Remedy {
    fileprivate var text: String {
        switch self {
        case .mendable: "parity can mend it"
        case .mended: "mended"
        case .copied: "taken from the repository again"
        case .lost: "beyond what parity can mend"
        }
    }
}
