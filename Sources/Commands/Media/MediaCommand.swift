import ArgumentParser
import Identity
import Operations
import Primitives

struct MediaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "media",
        abstract: "Keep copies of the repository on removable media.",
        discussion: """
            A medium (a disk, a stick, a cartridge with a file system) holds the whole repository, as it is encrypted, with parity
            against rot: it restores alone, with the recovery kit. No key is needed for any of this.

              safehold media init /mnt/disk --label 2026-A --site vault
              safehold media copy /mnt/disk
              safehold media out /mnt/disk --custodian 'A. Weber' --location 'bank, box 12' --due 2027-01-31
              safehold media list
            """,
        subcommands: [
            MediaInitCommand.self, MediaCopyCommand.self, MediaCheckCommand.self, MediaRepairCommand.self,
            MediaOutCommand.self, MediaInCommand.self, MediaListCommand.self,
        ])
}

extension Session {
    /// A medium that is attached.
    func medium(at path: String) throws -> Medium {
        try Medium(at: try text(try absolute(path)), state: surroundings.hostState)
    }

    /// What a permit for a medium is asked for: it is a store as others are, by where it is mounted, and so is the repository beside it.
    func target(_ medium: String, _ repository: String? = nil) throws -> Target {
        let paths = [try text(try absolute(medium)), repository].compactMap { $0 }
        return Target(components: .all, stores: .init(paths))
    }

    /// Named as a path, with a slash or as '.'; everything else is a label.
    func medium(named name: String) throws -> Custody.Which {
        guard name.contains("/") || name == "." || name == ".." else { return .labelled(name) }
        return .attached(path: try text(try absolute(name)))
    }

    /// One that is named by its label is not attached: who is limited to some stores names a path.
    func target(ofNamed name: String) throws -> Target {
        guard case .attached = try medium(named: name) else { return .everything }
        return try target(name)
    }

    /// The id of the repository that was named, if one was: what a medium or a book says must fit it then.
    func repositoryID(_ options: RepositoryOptions) throws -> RepositoryID? {
        guard options.repository != nil || surroundings.repository != nil else { return nil }
        return try surroundings.repositoryID(at: try location(options))
    }
}

extension MediumFacts {
    func fill(_ object: inout JSONObject, at now: Timestamp) {
        object.set("id", id.hex)
        object.set("repository", repository.hex)
        object.set("label", label)
        object.set("site", site)
        object.set("created", made)
        object.set("same_file_system", sharesFileSystem)
        object.set("out", isOut)
        object.set("custodian", custodian)
        object.set("location", location)
        object.set("due", due)
        object.set("overdue", isOverdue(at: now))
        if let copied {
            object.set("copied", copied)
            object.set("complete", !isPartial)
            object.set("objects", objects)
            object.set("bytes_stored", bytes)
            object.set("snapshots", snapshots)
        }
        if let newest { object.set("newest_snapshot", newest) }
        if let check {
            object.set("checked", check.time)
            object.set("damaged", check.damaged)
        }
    }
}
