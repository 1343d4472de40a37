import Glibc
import Primitives
import RepositoryEngine
import Sealing
import Storage
import WriteAheadLog

/// Archives files of a PostgreSQL server's log, as its archive_command asks.
package enum PushLog {
    package struct Request: Sendable {
        package var component: String
        /// Of the file: absolute.
        package var path: String
        /// The server's data directory, as far as it is one.
        package var dataDirectory: String
        /// So many further files that the server has ready go into the same snapshot.
        package var ahead: Int
        package var host: String
        package var user: String
        package var software: String

        package init(
            component: String, path: String, dataDirectory: String, ahead: Int, host: String, user: String,
            software: String
        ) {
            (self.component, self.path, self.dataDirectory, self.ahead) = (component, path, dataDirectory, ahead)
            (self.host, self.user, self.software) = (host, user, software)
        }
    }

    package struct Summary: Sendable {
        package var file: String
        /// What was stored now, that file first: empty where it was archived before.
        package var stored: [String] = []
        /// Nil where nothing was stored.
        package var backup: BackupSummary?
    }

    /// Returns when the file is durable and committed in the repository in `store`, and not before. Needs this host's identity as a writer
    /// and no other key. Throws `wal-conflict` for a file that was archived with other content, and `wal-foreign` for one of another cluster.
    package static func run(
        permit: consuming Permit<BackupAction>, store: any ObjectStore, state: HostState, request: Request,
        observer: any OperationObserver, clock: WallClock
    ) throws -> Summary {
        let name = try name(request.path)
        let repository = try Repository.open(store)
        let folder = folder(of: request.component, in: state, repository.id)
        let file = try LogFile(request.path, name)
        var memory = try PushMemory(folder: folder)
        let system = try cluster(of: file, memory, request)
        var summary = Summary(file: name.description)
        if let known = memory[name] {
            guard known == file.archived.digest else { throw conflict(file) }
            return summary
        }
        let files = [file] + further(request, besides: name, memory, system: file.header?.systemIdentifier ?? system)
        summary.stored = files.map(\.name.description)
        let archived = ArchivedFiles(
            files.map(\.archived), system: files.lazy.compactMap { $0.header?.systemIdentifier }.first ?? system,
            segmentSize: files.lazy.compactMap { $0.header?.segmentSize }.first)
        summary.backup = try Backup.run(
            permit: permit, repository: repository, host: state, options: options(files, archived, request, folder),
            observer: observer, clock: clock)
        // The server asks again where this fails, and the files are stored twice: no harm is done.
        do {
            try memory.add(archived.files, system: archived.system)
        } catch let failure as Failure {
            observer.warning("It is archived, and this host cannot remember it. \(failure.message)")
        }
        return summary
    }

    /// Of this host's state of one archive.
    static func folder(of component: String, in state: HostState, _ repository: RepositoryID) -> String {
        let digest = SHA256Digest.of(Array(component.utf8)).hex.prefix(32)
        return state.folder(of: repository) + "/wal/" + digest
    }

    private static func name(_ path: String) throws -> LogFileName {
        let last = path.split(separator: "/").last ?? ""
        guard let name = LogFileName(last) else {
            throw Failure(
                .usage, "'\(last)' is not the name of a file that a server archives.",
                advice: "Give the path that the server has in %p: archive_command = 'safehold wal push … %p'.")
        }
        return name
    }

    /// Throws where it is another one than before, or than the data directory's.
    private static func cluster(of file: LogFile, _ memory: PushMemory, _ request: Request) throws -> UInt64? {
        let own = ClusterIdentity.system(ofDataDirectory: request.dataDirectory)
        guard let system = file.header?.systemIdentifier ?? own else { return memory.system }
        if let own, own != system {
            throw LogFile.foreign(
                request.path,
                "it is of the cluster \(system), and \(request.dataDirectory) holds the cluster \(own)")
        }
        if let known = memory.system, known != system {
            throw LogFile.foreign(
                request.path,
                "it is of the cluster \(system), and '\(request.component)' has the log of the cluster \(known)")
        }
        return system
    }

    private static func conflict(_ file: LogFile) -> Failure {
        Failure(
            .walConflict, "\(file.name) was archived before with other content.",
            advice:
                "Two servers write to one archive, or one was restored and went on without a new timeline: give each an archive of its own. Nothing was stored."
        )
    }

    private static let mostBytes: UInt64 = 1 << 30

    /// What else the server has ready: what is no good now is refused when its turn comes.
    private static func further(
        _ request: Request, besides asked: LogFileName, _ memory: PushMemory, system: UInt64?
    ) -> [LogFile] {
        let folder = request.path.lastIndex(of: "/").map { String(request.path[..<$0]) } ?? "."
        guard request.ahead > 0, let ready = try? LocalFile.names(in: folder + "/archive_status") else { return [] }
        let names = ready.compactMap { $0.hasSuffix(".ready") ? LogFileName($0.dropLast(6)) : nil }
        var (files, bytes): ([LogFile], UInt64) = ([], 0)
        for name in names.sorted(by: { $0.description < $1.description }) where name != asked && memory[name] == nil {
            guard files.count < request.ahead, bytes < mostBytes else { break }
            guard let file = try? LogFile("\(folder)/\(name)", name),
                system == nil || file.header == nil || file.header?.systemIdentifier == system
            else { continue }
            files.append(file)
            bytes += file.size
        }
        return files
    }

    private static func options(
        _ files: [LogFile], _ archived: ArchivedFiles, _ request: Request, _ folder: String
    ) -> BackupOptions {
        var options = BackupOptions(
            paths: [], component: ArchivedFiles.line(of: request.component), host: request.host, user: request.user,
            software: request.software)
        options.streams = files.map {
            StreamedFile(path: ArchivedFiles.path($0.name, of: request.component), source: $0)
        }
        options.tags = archived.tags
        options.stateFolder = folder
        return options
    }
}
