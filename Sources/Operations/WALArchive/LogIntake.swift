import Identity
import Primitives
import RepositoryEngine
import Sealing
import Storage
import WriteAheadLog

/// What may come into the archive of a component, and how it is stored: the same for what a server's command brings and for what is streamed.
struct LogIntake {
    /// Who archives.
    struct Writer: Sendable {
        var host: String
        var user: String
        var software: String
    }

    let component: String
    let repository: Repository
    /// Of this host's state of the archive.
    let folder: String
    private(set) var memory: PushMemory

    init(component: String, store: any ObjectStore, state: HostState) throws {
        self.component = component
        repository = try Repository.open(store)
        let digest = SHA256Digest.of(Array(component.utf8)).hex.prefix(32)
        folder = state.folder(of: repository.id) + "/wal/" + digest
        memory = try PushMemory(folder: folder)
    }

    /// Throws `wal-foreign` for a server whose log does not belong here.
    func admit(system: UInt64) throws {
        guard let known = memory.system, known != system else { return }
        throw Failure(
            .walForeign, "The server is the cluster \(system), and '\(component)' has the log of the cluster \(known).",
            advice: "Look at the strategy: each server needs a component of its own. Nothing was stored.")
    }

    /// The cluster that a file is of; `server` is the one that gives it, and `place` is how to call it. Throws `wal-foreign` where these are
    /// not the same, or where another one's log was archived before.
    func cluster(of file: LogFile, from server: UInt64?, _ place: String) throws -> UInt64? {
        guard let system = file.header?.systemIdentifier ?? server else { return memory.system }
        if let server, server != system {
            throw LogFile.foreign(
                file.called, "it is of the cluster \(system), and \(place) holds the cluster \(server)")
        }
        if let known = memory.system, known != system {
            throw LogFile.foreign(
                file.called, "it is of the cluster \(system), and '\(component)' has the log of the cluster \(known)")
        }
        return system
    }

    /// Whether this host archived the very file before. Throws `wal-conflict` for another one of its name.
    func isKnown(_ file: LogFile) throws -> Bool {
        guard let known = memory[file.name] else { return false }
        guard try file.has(known) else {
            throw Failure(
                .walConflict, "\(file.name) was archived before with other content.",
                advice:
                    "Two servers write to one archive, or one was restored and went on without a new timeline: give each an archive of its own. Nothing was stored."
            )
        }
        return true
    }

    /// Stores files that are admitted and not known as one snapshot; returns when they are durable and committed, and not before.
    mutating func store(
        _ files: [LogFile], system: UInt64?, permit: consuming Permit<BackupAction>, by writer: Writer,
        state: HostState, observer: any OperationObserver, clock: WallClock
    ) throws -> BackupSummary {
        let system = files.lazy.compactMap { $0.header?.systemIdentifier }.first ?? system
        let segmentSize = files.lazy.compactMap { $0.header?.segmentSize }.first
        let archive = { @Sendable in
            ArchivedFiles(files.compactMap(\.archived), system: system, segmentSize: segmentSize)
        }
        var options = options(files, writer)
        options.tagsOfContent = { archive().tags }
        options.watchesChanges = false
        let backup = try Backup.run(
            permit: permit, repository: repository, host: state, options: options, observer: observer, clock: clock)
        // It comes again where this fails, and is stored twice: no harm is done.
        do {
            let archived = archive()
            try memory.add(archived.files, system: archived.system)
        } catch let failure as Failure {
            observer.warning("It is archived, and this host cannot remember it. \(failure.message)")
        }
        return backup
    }

    private func options(_ files: [LogFile], _ writer: Writer) -> BackupOptions {
        var options = BackupOptions(
            paths: [], component: ArchivedFiles.line(of: component), host: writer.host, user: writer.user,
            software: writer.software)
        options.streams = files.map {
            StreamedFile(path: ArchivedFiles.path($0.name, of: component), source: $0)
        }
        options.stateFolder = folder
        // Of a log the slower levels make no less, and a server waits.
        options.compression = .fast
        return options
    }
}
