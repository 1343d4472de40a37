import Primitives
import Sealing
import Strategy

/// How an export is made.
package struct ExportOptions: Sendable {
    package enum Destination: Sendable, Equatable {
        /// An absolute path. An existing directory takes the file under its usual name.
        case file(String)
        case standardOutput
    }

    /// To whom the archive is encrypted, by the stock tool. The plain archive is nowhere on a disk.
    package enum Encryption: Sendable, Equatable {
        case none
        /// Recipients as `age -r` takes them, and files of them as `age -R` does.
        case age(recipients: [String], files: [String])
        /// Keys as `gpg -r` finds them.
        case openPGP(recipients: [String])

        package var suffix: String {
            switch self {
            case .none: ""
            case .age: ".age"
            case .openPGP: ".gpg"
            }
        }
    }

    /// Names the archive.
    package var project: String
    package var destination: Destination
    package var encryption: Encryption = .none
    /// A file that is there makes room.
    package var overwrites = false
    /// Says what would be in it, and makes nothing.
    package var dryRun = false
    /// For the manifest.
    package var software: String

    package init(project: String, destination: Destination, software: String) {
        (self.project, self.destination, self.software) = (project, destination, software)
    }

    package static let defaultProject = "safehold"

    /// A file of recipients and what it says: another content is another plan.
    private static func line(ofFile path: String) -> String {
        let bytes = (try? LocalFile.read(path, limit: 1 << 20)).flatMap { $0 }
        return "\(JSON.text(path).encoded) \(bytes.map { SHA256Digest.of($0).hex } ?? "unreadable")"
    }

    /// Where it goes and who can read it, in lines.
    var destinationLines: [String] {
        let place =
            switch destination {
            case .file(let path): "to \(JSON.text(path).encoded)"
            case .standardOutput: "to standard output"
            }
        return switch encryption {
        case .none: [place, "not encrypted"]
        case .age(let recipients, let files):
            [place, "encrypted with age"] + recipients.sorted() + files.sorted().map(Self.line(ofFile:))
        case .openPGP(let recipients): [place, "encrypted with OpenPGP"] + recipients.sorted()
        }
    }

    /// Throws `usage` for what cannot be part of a file's name everywhere.
    package static func checkProject(_ name: String) throws {
        let isPlain = name.utf8.allSatisfy {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        guard isPlain, !name.isEmpty, !name.hasPrefix("-"), name.utf8.count <= 100 else {
            throw Failure(
                .usage, "'\(name)' cannot name a project.", advice: "Use letters, digits, '-' and '_', at most 100.")
        }
    }

    package func fileName(_ stamp: SetStamp) -> String {
        "\(project)_backup_\(stamp).tar.gz\(encryption.suffix)"
    }
}

/// What an export holds, or would hold.
package struct ExportSummary: Sendable {
    package struct Part: Sendable {
        package let component: ChosenComponent
        /// What was left out of every path: absolute.
        package let parent: [UInt8]
        /// What the archive holds; in a rehearsal what the snapshot says.
        package let figures: ExportedFigures
    }

    package let stamp: SetStamp
    /// Whether the components belong to one set.
    package let isSet: Bool
    package let parts: [Part]
    package let missing: [String]
    /// Nil for standard output.
    package let target: String?
    /// Of the archive, as it was written.
    package let archiveBytes: UInt64
    package let seconds: Double

    /// A component is missing, or something is missing in one.
    package var isPartial: Bool {
        !missing.isEmpty || parts.contains { !$0.component.isComplete || $0.figures.unreadable > 0 }
    }
}
