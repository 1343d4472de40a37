import CLinux
import Glibc
import Primitives
import Storage

/// A mounted directory that holds a copy of a repository, what protects it, and its journal.
package final class Medium {
    static let folderName = ".safehold-medium"
    /// Twice, so that one bad sector does not take it.
    private static let journalNames = ["journal", "journal.copy"]

    package let path: String
    /// The repository's objects.
    let store: DirectoryStore
    /// What Safehold keeps beside them: names beginning with a dot are no objects of a repository.
    let sidecars: DirectoryStore
    private let book: MediaBook
    private(set) var journal: MediumJournal
    package private(set) var facts: MediumFacts
    private let lock: Int32

    /// Throws `medium-missing` where there is none, and `state-busy` where another command is at work on it.
    package init(at path: String, state: HostState) throws {
        self.path = path
        store = DirectoryStore(root: path)
        sidecars = DirectoryStore(root: path + "/" + Self.folderName)
        let found = try Self.journal(at: sidecars.root)
        guard let first = MediumFacts(found) else { throw Failure.noMedium(at: path) }
        book = MediaBook(state, repository: first.repository)
        let known = try book.journal(of: first.id)
        journal = known.merged(with: found)
        facts = MediumFacts(journal) ?? first
        lock = try Self.lock(sidecars.root)
    }

    deinit { close(lock) }

    /// Makes an empty directory a medium. What may keep it from being one was looked at before.
    package static func make(at path: String, state: HostState, repository: RepositoryID, record: MediumRecord) throws
        -> Medium
    {
        let store = try DirectoryStore.create(at: path + "/" + folderName)
        var journal = MediumJournal()
        journal.append(record)
        for name in journalNames {
            try ReplacementFile.write(journal.encoded(), to: store.root + "/" + name, in: store.root + "/tmp")
        }
        let medium = try Medium(at: path, state: state)
        try medium.book.save(medium.journal, of: medium.facts.id)
        return medium
    }

    /// The journal on the medium, of the copy that holds for longer.
    private static func journal(at root: String) throws -> MediumJournal {
        var best = MediumJournal()
        var problem: Failure?
        for name in journalNames {
            do {
                let bytes = try LocalFile.read(root + "/" + name, limit: MediumJournal.sizeLimit) ?? []
                let journal = MediumJournal(decoding: bytes)
                if journal.records.count > best.records.count { best = journal }
            } catch let failure as Failure {
                problem = failure
            }
        }
        if best.records.isEmpty, let problem { throw problem }
        return best
    }

    private static func lock(_ root: String) throws -> Int32 {
        let fd = sh_open_read(AT_FDCWD, root)
        guard fd >= 0 else { throw Failure.storage(-fd, "opening", root) }
        // Shares that cannot lock are let through: what is written is write-once all the same.
        guard sh_try_lock(fd) != -EWOULDBLOCK else {
            close(fd)
            throw Failure(
                .stateBusy, "Another command is at work on the medium at \(root).",
                advice: "Wait for it to end, then run the command again.")
        }
        return fd
    }

    /// Whether the medium belongs to this repository. Throws `medium-foreign`.
    func require(_ repository: RepositoryID) throws {
        guard facts.repository == repository else {
            throw Failure(
                .mediumForeign,
                "The medium '\(facts.label)' at \(path) belongs to another repository, \(facts.repository.hex).",
                advice: "Attach the right medium, or name the repository that this one belongs to.")
        }
    }

    /// Adds to the journal, on the medium and in the book. Where the medium takes nothing (it is write-protected), the book alone has it,
    /// until the medium is attached the next time; false then.
    @discardableResult
    package func add(_ record: MediumRecord) throws -> Bool {
        journal.append(record)
        facts = MediumFacts(journal) ?? facts
        try book.save(journal, of: facts.id)
        do {
            for name in Self.journalNames {
                try ReplacementFile.write(
                    journal.encoded(), to: sidecars.root + "/" + name, in: sidecars.root + "/tmp")
            }
            return true
        } catch let failure as Failure where [.storageDenied, .storageFull, .storageFailed].contains(failure.code) {
            return false
        }
    }

    /// Waits until everything is on the medium.
    func flush() throws {
        try store.flush()
        try sidecars.flush()
        let fd = sh_open_read(AT_FDCWD, path)
        guard fd >= 0 else { throw Failure.storage(-fd, "syncing", path) }
        defer { close(fd) }
        let result = sh_syncfs(fd)
        guard result == 0 else { throw Failure.storage(-result, "syncing", path) }
    }

    /// Whether the medium is still where it was: what fails on one that was pulled out has a reason of its own.
    var isAttached: Bool {
        (try? Self.journal(at: sidecars.root)).flatMap(MediumFacts.init)?.id == facts.id
    }

    func requireAttached() throws {
        guard !isAttached else { return }
        throw Failure(
            .mediumMissing, "The medium '\(facts.label)' is no longer at \(path).",
            advice: "Attach it again and run the same command: what was finished is kept and used.")
    }

    /// What a failed write to the medium means.
    func explained(_ failure: Failure) -> Failure {
        guard failure.code != .interrupted else { return failure }
        guard isAttached else {
            return Failure(
                .mediumMissing, "The medium '\(facts.label)' is no longer at \(path). \(failure.message)",
                advice: "Attach it again and run the same command: what was finished is kept and used.")
        }
        switch failure.code {
        case .storageFull:
            return Failure(
                .storageFull, "The medium '\(facts.label)' is full. \(failure.message)",
                advice:
                    "Take a larger medium, or free space on it, and run the command again: what was finished is kept.")
        case .storageDenied:
            return Failure(
                .storageDenied, "The medium '\(facts.label)' cannot be written to. \(failure.message)",
                advice: "Release its write protection, or mount it for writing with sufficient rights.")
        default: return failure
        }
    }
}

extension Failure {
    package static func noMedium(at path: String) -> Failure {
        Failure(
            .mediumMissing, "There is no medium of Safehold's at \(path).",
            advice:
                "Check that it is attached and mounted there, or make one with 'safehold media init PATH --label …'.")
    }
}
