import Glibc
import Primitives
import WriteAheadLog

/// Keeps a server that recovers from making a tablespace where a server's files lie already. The log has the directory's place on the host that
/// wrote it: beside the server that still runs there, or over what is left of it, a recovery would change files that are not its own.
struct TablespaceGuard {
    /// Of the server that recovers.
    let dataDirectory: String

    /// Nil for a directory that is none of a server's.
    init?(dataDirectory: String) {
        guard ClusterIdentity.system(ofDataDirectory: dataDirectory) != nil else { return nil }
        self.dataDirectory = dataDirectory
    }

    /// Of a server that is put together there, and does not start yet.
    init(recovering dataDirectory: String) { self.dataDirectory = dataDirectory }

    /// Throws `target-unusable` where a segment makes such a tablespace. `path` is where it lies, under whatever name.
    func check(_ name: LogFileName, at path: String) throws {
        let before = unfinished(before: name)
        guard let records = try Self.map(path, { TablespaceRecords(of: $0, after: before) }) else { return }
        for made in records.made { try judge(made) }
    }

    /// The same of all segments that a base backup brought with it.
    func checkOwnLog() throws {
        for name in try LocalFile.names(in: dataDirectory + "/pg_wal").sorted() {
            if let file = LogFileName(name) { try check(file, at: "\(dataDirectory)/pg_wal/\(name)") }
        }
    }

    /// A record may begin in the segment before, which the server keeps until it has replayed the next.
    private func unfinished(before name: LogFileName) -> [UInt8] {
        guard case .segment(let segment) = name, segment.segment > 0 || segment.log > 0 else { return [] }
        let names = (try? LocalFile.names(in: dataDirectory + "/pg_wal")) ?? []
        for other in names.sorted(by: >) {
            guard case .segment(let before)? = LogFileName(other), before < segment,
                let size = Self.segmentSize("\(dataDirectory)/pg_wal/\(other)"),
                let number = before.number(size), number + 1 == segment.number(size)
            else { continue }
            let bytes = try? Self.map("\(dataDirectory)/pg_wal/\(other)") { TablespaceRecords.unfinished(of: $0) }
            return (bytes ?? nil) ?? []
        }
        return []
    }

    private static func segmentSize(_ path: String) -> SegmentSize? {
        var status = stat()
        return stat(path, &status) == 0 ? SegmentSize(UInt64(max(0, status.st_size))) : nil
    }

    /// Nil for a file that is too short for a segment. What cannot be looked at is not let through.
    private static func map<Found>(_ path: String, _ body: (UnsafeRawBufferPointer) -> Found) throws -> Found? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LocalFile.unusable(errno, "read", path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw LocalFile.unusable(errno, "read", path) }
        guard status.st_size >= SegmentHeader.size else { return nil }
        guard let map = mmap(nil, Int(status.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0), map != MAP_FAILED else {
            throw LocalFile.unusable(errno, "read", path)
        }
        defer { munmap(map, Int(status.st_size)) }
        return body(UnsafeRawBufferPointer(start: map, count: Int(status.st_size)))
    }

    private func judge(_ made: TablespaceRecords.Made) throws {
        // It is this server's own where its link is there: it was replayed before.
        guard made.location.hasPrefix("/"), !isOwn(made) else { return }
        let version = (try? LocalFile.read(dataDirectory + "/PG_VERSION", limit: 64)) ?? nil
        let prefix = "PG_" + (version.map { String(decoding: $0.prefix { $0 > 0x20 }, as: UTF8.self) + "_" } ?? "")
        guard let found = try LocalFile.names(in: made.location).first(where: { $0.hasPrefix(prefix) }) else { return }
        throw Failure(
            .targetUnusable,
            "The log makes the tablespace \(made.oid) in \(made.location), and \(found) is there already: a server's files, which the recovery would change.",
            advice:
                "Where a server uses them, recover on another host, to a point before the tablespace was made, or from a base backup that has it, which --tablespace-mapping puts elsewhere. What is left of the server that is recovered has to be moved away."
        )
    }

    private func isOwn(_ made: TablespaceRecords.Made) -> Bool {
        var target = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = readlink("\(dataDirectory)/pg_tblspc/\(made.oid)", &target, target.count - 1)
        return count > 0 && target[..<count].elementsEqual(made.location.utf8.map { CChar(bitPattern: $0) })
    }
}
