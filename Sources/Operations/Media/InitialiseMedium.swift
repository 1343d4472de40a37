import CLinux
import Glibc
import Identity
import Primitives
import RepositoryEngine
import Storage

/// Makes a mounted directory a medium of a repository.
package enum InitialiseMedium {
    package struct Choices: Sendable {
        package var label: String
        package var site: String?
        /// It may lie on the repository's own file system.
        package var allowsSameFileSystem = false

        package init(label: String, site: String?) { (self.label, self.site) = (label, site) }
    }

    /// What file systems and desktops put into an empty one themselves.
    private static let harmless: Set = [
        ".", "..", "lost+found", "System Volume Information", ".Trashes", ".fseventsd", ".Spotlight-V100", "tmp",
    ]

    package static func run(
        permit: consuming Permit<MediaAction>, repository: Repository, path: String, choices: Choices,
        state: HostState, clock: WallClock
    ) throws -> MediumFacts {
        try check(choices, repository.id, state)
        try checkPlace(path, repository.id)
        let sharesFileSystem = try isSameFileSystem(path, repository)
        guard !sharesFileSystem || choices.allowsSameFileSystem else {
            throw Failure(
                .targetUnusable,
                "\(path) lies on the file system of the repository itself: what takes the one takes the other.",
                advice: "Mount the medium there first. For a trial, say so: --same-file-system.")
        }
        let record = MediumRecord(
            time: clock.now(), event: .made, actor: MediumText.actor(permit.actor),
            [
                ("medium", MediumID.random().hex), ("repository", repository.id.hex), ("label", choices.label),
                ("site", choices.site), ("same-file-system", sharesFileSystem ? "yes" : nil),
            ])
        _ = try DirectoryStore.create(at: path)
        return try Medium.make(at: path, state: state, repository: repository.id, record: record).facts
    }

    private static func check(_ choices: Choices, _ repository: RepositoryID, _ state: HostState) throws {
        try MediumText.check(choices.label, "label", limit: 64)
        if let site = choices.site { try MediumText.check(site, "site", limit: 64) }
        guard !choices.label.contains("/") else {
            throw Failure(
                .usage, "The label '\(choices.label)' looks like a path.", advice: "Choose one without a slash.")
        }
        guard try !MediaBook(state, repository: repository).all().contains(where: { $0.label == choices.label }) else {
            throw Failure(
                .mediumForeign, "There is a medium '\(choices.label)' of this repository already.",
                advice: "Choose another label; 'safehold media list' shows those that are taken.")
        }
    }

    /// A directory that is there, has nothing in it, and belongs to nobody.
    private static func checkPlace(_ path: String, _ repository: RepositoryID) throws {
        guard let stream = opendir(path) else {
            throw Failure(
                .mediumMissing, "\(path) cannot be opened as a directory: \(String(cString: strerror(errno))).",
                advice: "Mount the medium and name the directory that it is mounted at.")
        }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if harmless.contains(name) || name.hasPrefix(".Trash-") { continue }
            throw taken(path, by: name, repository)
        }
    }

    private static func taken(_ path: String, by name: String, _ repository: RepositoryID) -> Failure {
        // The lock of a medium that somebody works on must not hide whose it is.
        let journal = try? LocalFile.read("\(path)/\(Medium.folderName)/journal", limit: MediumJournal.sizeLimit)
        if let facts = journal.map({ MediumJournal(decoding: $0) }).flatMap(MediumFacts.init) {
            let whose =
                facts.repository == repository ? "this repository" : "another repository, \(facts.repository.hex)"
            return Failure(
                .mediumForeign, "\(path) is the medium '\(facts.label)' of \(whose) already.",
                advice: "Use it with 'safehold media copy', or attach an empty one. Nothing was changed.")
        }
        let isRepository = (try? DirectoryStore(root: path).size(of: Names.format)) != nil
        return Failure(
            .mediumForeign,
            isRepository
                ? "\(path) holds a repository." : "\(path) is not empty: there is '\(name)' in it.",
            advice: "Make a new file system on the medium, or name an empty directory on it. Nothing was changed.")
    }

    private static func isSameFileSystem(_ path: String, _ repository: Repository) throws -> Bool {
        guard let directory = repository.store.directory else { return false }
        var (medium, origin) = (stat(), stat())
        guard stat(path, &medium) == 0, stat(directory, &origin) == 0 else {
            throw Failure.storage(errno, "looking at", path)
        }
        return medium.st_dev == origin.st_dev
    }
}

/// What people write into a journal.
enum MediumText {
    static func check(_ text: String, _ what: String, limit: Int = 200) throws {
        guard RecordLine.isAllowed(text), text.utf8.count <= limit else {
            throw Failure(
                .usage,
                "The \(what) is empty, longer than \(limit) bytes, or has a semicolon or control character in it.",
                advice: "Give a short text without them.")
        }
    }

    /// A user's name comes from the system and is not ours to refuse.
    static func actor(_ name: String) -> String { RecordLine.isAllowed(name) ? name : "unknown" }
}
