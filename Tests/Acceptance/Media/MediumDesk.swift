import Foundation
import Glibc
import Testing

/// A repository with a backup, and a medium with a file system of its own.
final class MediumDesk: Sendable {
    enum FileSystem: String, CaseIterable, Sendable { case ext4, exfat, memory }

    let place: Place
    let path: String
    let mount: Mount

    /// Nil where such a file system cannot be mounted here.
    init?(_ kind: FileSystem = .memory, size: String = "64m", label: String? = "A") throws {
        place = try Place()
        try ChildProcess.shell(
            "mkdir d; for i in $(seq 30); do head -c $((i * 900)) /dev/urandom > d/f$i; done; head -c 5000000 /dev/urandom > large",
            directory: place.source)
        try place.backup()
        path = try place.scratch.folder("medium")
        let image = place.scratch.path + "/image"
        let mounted: Mount? =
            switch kind {
            case .ext4: try Mount(ext4: path, image: image)
            case .exfat: try Mount(exfat: path, image: image)
            case .memory: try Mount(at: path, size: size)
            }
        guard let mounted else {
            LeftOut.say("\(kind.rawValue)", "it cannot be mounted here")
            return nil
        }
        mount = mounted
        guard let label else { return }
        try media("init", path, "--label", label, "--site", "vault").mustBe(0)
    }

    func media(_ words: String..., environment: [String: String] = [:]) throws -> Ended {
        try ChildProcess.run(
            [program, "media"] + words + ["--json"], environment: place.writing.merging(environment) { $1 })
    }

    /// What lies where the journal does not.
    var objects: [String] {
        get throws {
            try FileStatus.files(below: path).filter {
                !$0.hasPrefix(".safehold-medium/journal") && !$0.hasPrefix("lost+found")
            }
        }
    }

    /// A hash over all files but the journal, which every command adds to.
    func contents() throws -> String {
        try ChildProcess.shell(
            "find . -type f ! -path './.safehold-medium/journal*' -print0 | sort -z | xargs -0 sha256sum | sha256sum",
            directory: path)
    }

    func largest(_ folder: String) throws -> String {
        try ChildProcess.shell(
            "find \"$1\" -type f -printf '%s %P\\n' | sort -rn | head -1 | cut -d' ' -f2", path + "/" + folder
        ).trimmingCharacters(in: .newlines)
    }

    /// Writes over bytes of a file, behind everybody's back.
    func overwrite(_ file: String, at offset: UInt64, with bytes: [UInt8]) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path + "/" + file))
        try handle.seek(toOffset: offset)
        try handle.write(contentsOf: Data(bytes))
        try handle.close()
    }

    /// Objects that a line of `remedy` names.
    static func named(_ ended: Ended, _ remedy: String) throws -> Set<String> {
        Set(try ended.lines().filter { $0.type == "finding" && $0.text("remedy") == remedy }.map { $0.text("object") })
    }
}
