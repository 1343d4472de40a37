import Glibc
import Identity
import Primitives
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
        var intake = try LogIntake(component: request.component, store: store, state: state)
        let file = try LogFile(request.path, name)
        let own = ClusterIdentity.system(ofDataDirectory: request.dataDirectory)
        let system = try intake.cluster(of: file, from: own, request.dataDirectory)
        var summary = Summary(file: name.description)
        if try intake.isKnown(file) { return summary }
        let files =
            [file] + further(request, besides: name, intake.memory, system: file.header?.systemIdentifier ?? system)
        summary.stored = files.map(\.name.description)
        let writer = LogIntake.Writer(host: request.host, user: request.user, software: request.software)
        summary.backup = try intake.store(
            files, system: system, permit: permit, by: writer, state: state, observer: observer, clock: clock)
        return summary
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

    /// Of one snapshot, more or less.
    static let mostBytes: UInt64 = 1 << 30
    /// So many more names are looked at than files are wanted: some may be no good.
    private static let spareNames = 16

    /// What else the server has ready: what is no good now is refused when its turn comes.
    private static func further(
        _ request: Request, besides asked: LogFileName, _ memory: PushMemory, system: UInt64?
    ) -> [LogFile] {
        let folder = request.path.lastIndex(of: "/").map { String(request.path[..<$0]) } ?? "."
        guard request.ahead > 0, let listed = try? LocalFile.names(in: folder + "/archive_status") else { return [] }
        let ready = first(request.ahead + spareNames, of: listed) { $0 != asked && memory[$0] == nil }
        var (files, bytes): ([LogFile], UInt64) = ([], 0)
        for name in ready {
            guard files.count < request.ahead, bytes < mostBytes else { break }
            guard let file = try? LogFile("\(folder)/\(name)", name),
                system == nil || file.header == nil || file.header?.systemIdentifier == system
            else { continue }
            files.append(file)
            bytes += file.size
        }
        return files
    }

    /// Of the names in archive_status those of files that are ready and `wanted`, in order, and no more than so many: a server that has fallen far
    /// behind has a hundred thousand of them.
    private static func first(_ count: Int, of listed: [String], _ wanted: (LogFileName) -> Bool) -> [LogFileName] {
        var found: [(text: Substring, name: LogFileName)] = []
        for entry in listed where entry.hasSuffix(".ready") {
            let text = entry.dropLast(6)
            if found.count == count, let last = found.last, last.text < text { continue }
            guard let name = LogFileName(text), wanted(name) else { continue }
            found.insert((text, name), at: found.firstIndex { text < $0.text } ?? found.endIndex)
            if found.count > count { found.removeLast() }
        }
        return found.map(\.name)
    }
}
