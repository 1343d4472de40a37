import FoundationEssentials
import Glibc
import Primitives
import Storage

/// A repository at any remote that rclone speaks to, in the shape of one in a directory, through one rclone that serves this process.
/// Objects are uploaded to `tmp/` and moved to their names. Remotes differ in what they can: of two programs that write a name at the same
/// moment both may think that they did, so nothing is collected here.
package final class RcloneStore: ObjectStore {
    let address: RcloneAddress
    let spoolPlaces: [String]
    private let server = Monitor<RcloneServer?>(nil)
    /// Names that are being written by this process.
    private let writing = Monitor<Set<ObjectName>>([])

    package var location: String { address.location }
    package func refusesTakenNames() throws -> Bool { false }

    package init(_ address: RcloneAddress, spoolPlaces: [String]) {
        (self.address, self.spoolPlaces) = (address, spoolPlaces)
    }

    package func makeRoot() throws { _ = try perform("operations/mkdir", "", "making the directory") }

    /// Files below the root, by path, up to the first few.
    package func isEmpty() throws -> Bool {
        struct Found: Error {}
        do {
            try list(below: "") { _, _ in throw Found() }
            return true
        } catch is Found {
            return false
        }
    }

    package func put(_ bytes: [UInt8], as name: ObjectName, _ durability: Durability) throws -> PutOutcome {
        let staged = try stage()
        defer { staged.abandon() }
        try bytes.withUnsafeBytes { try staged.append($0) }
        return try staged.finish(as: name, durability)
    }

    package func stage() throws -> any StagedObject { try RcloneUpload(store: self) }

    /// What a remote has taken is as safe as it makes things.
    package func flush() throws {}

    package func read(_ name: ObjectName, at offset: Int64, into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        guard buffer.count > 0 else {
            guard try size(of: name) != nil else { throw Failure.objectMissing(name, in: location) }
            return 0
        }
        let doing = "reading \(name)"
        let answer = try asking(doing) { try $0.read(address.target(), name.path, offset, buffer.count) }
        guard [200, 206].contains(answer.status) else {
            // Beyond the end, not there, or in trouble: remotes say it differently.
            guard let size = try size(of: name) else { throw Failure.objectMissing(name, in: location) }
            guard offset < size else { return 0 }
            throw RcloneFailure.failed(answer.error, doing, address)
        }
        // Who does not know of ranges sends all of it.
        let body = answer.status == 200 ? answer.body[...].dropFirst(Int(clamping: offset)) : answer.body[...]
        guard answer.status == 200 || body.count <= buffer.count else {
            throw Failure.damaged(name, "came longer than was asked for")
        }
        let part = body.prefix(buffer.count)
        buffer.copyBytes(from: part)
        return part.count
    }

    package func size(of name: ObjectName) throws -> Int64? { try size(ofPath: name.path) }

    private struct Entry: Decodable {
        var Path: String
        var Size: Int64
        var IsDir: Bool
    }

    private func size(ofPath path: String) throws -> Int64? {
        struct Found: Decodable { var item: Entry? }
        let doing = "looking at \(path)"
        let answer: RcloneServer.Answer
        do {
            answer = try perform("operations/stat", path, doing, ["noModTime": true, "noMimeType": true])
        } catch let failure as Failure where failure.message.contains("not a directory") {
            return nil
        }
        guard answer.isFound else { return nil }
        guard let found = try? JSONDecoder().decode(Found.self, from: Data(answer.body)) else { throw misunderstood }
        guard let entry = found.item, !entry.IsDir, entry.Size >= 0 else { return nil }
        return entry.Size
    }

    private var misunderstood: Failure {
        Failure(
            .storageFailed, "rclone answers of \(location) in a way that is not understood.",
            advice: "Use rclone 1.60 or newer.")
    }

    private func entries(below path: String, recurse: Bool) throws -> [Entry] {
        struct Found: Decodable { var list: [Entry]? }
        let options = ["recurse": recurse, "filesOnly": true, "noModTime": true, "noMimeType": true]
        let answer: RcloneServer.Answer
        do {
            answer = try perform("operations/list", path, "listing \(path)", options)
        } catch {
            // Below a file there is nothing, which some remotes take for an error.
            guard !path.isEmpty, try size(ofPath: path) != nil else { throw error }
            return []
        }
        guard answer.isFound else { return [] }
        guard let found = try? JSONDecoder().decode(Found.self, from: Data(answer.body)) else { throw misunderstood }
        return found.list ?? []
    }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        for entry in try entries(below: prefix, recurse: true) {
            let name = ObjectName(entry.Path)
            guard !entry.IsDir, entry.Size >= 0, name.isValid, !name.path.hasPrefix("tmp/") else { continue }
            // A file that was asked for as a directory is listed as itself.
            guard prefix.isEmpty || name.path.hasPrefix(prefix + "/") else { continue }
            try body(name, entry.Size)
        }
    }

    package func remove(_ name: ObjectName) throws {
        do {
            _ = try perform("operations/deletefile", name.path, "removing \(name)")
        } catch {
            // Where no object is there is none to remove, which some remotes take for an error.
            guard try size(of: name) == nil else { throw error }
        }
    }

    /// What lies below `tmp/` for more than a week.
    package func removeAbandoned() throws -> Int {
        let before = try entries(below: "tmp", recurse: false).count
        guard before > 0 else { return 0 }
        let doing = "removing leftovers"
        let answer = try asking(doing) {
            try $0.ask("operations/delete", Filtered(fs: address.target("tmp"), _filter: ["MinAge": "7d"]))
        }
        guard answer.status == 200 || !answer.isFound else { throw RcloneFailure.failed(answer.error, doing, address) }
        return max(0, before - (try entries(below: "tmp", recurse: false).count))
    }

    private struct Filtered: Encodable {
        var fs: String
        var _filter: [String: String]
    }

    /// Uploads the file at `path`, which has `count` bytes.
    func upload(_ path: String, _ count: Int64, as name: ObjectName) throws -> PutOutcome {
        writing.wait { $0.insert(name).inserted ? () : nil }
        defer { writing.update { _ = $0.remove(name) } }
        guard try size(of: name) == nil else { return .exists }
        let temporary = "tmp/" + SealedObjectID.random().hex
        let (folder, file) = Self.split(path)
        try copy("operations/copyfile", folder, file, address.target(), temporary, "uploading \(name)")
        // Somebody may have been faster meanwhile; an upload that was short leaves little room for that. What then is left of the
        // moment is what remotes differ in.
        if count > 1 << 20, try size(of: name) != nil {
            _ = try? perform("operations/deletefile", temporary, "removing \(temporary)")
            return .exists
        }
        try copy(
            "operations/movefile", address.target(), temporary, address.target(), name.path, "naming \(name)", tries: 1)
        guard try size(of: name) == count else {
            throw Failure(
                .storageFailed, "What was uploaded as \(name) to \(location) is not there in its length.",
                advice:
                    "Look whether rclone's configuration or environment keeps it from writing, then run the command again."
            )
        }
        return .created
    }

    private static func split(_ path: String) -> (folder: String, file: String) {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return (String(path[..<end]) + "/", String(path[path.index(after: end)...]))
    }

    // MARK: Asking

    private struct Request: Encodable {
        var fs: String
        var remote: String
        var opt: [String: Bool]?

        init(_ address: RcloneAddress, _ path: String, _ options: [String: Bool]?) {
            (fs, remote, opt) = (address.target(), path, options)
        }
    }

    private struct Copy: Encodable {
        var srcFs: String
        var srcRemote: String
        var dstFs: String
        var dstRemote: String
    }

    private func perform(_ command: String, _ path: String, _ doing: String, _ options: [String: Bool]? = nil) throws
        -> RcloneServer.Answer
    {
        let answer = try asking(doing) { try $0.ask(command, Request(address, path, options)) }
        guard answer.status == 200 || !answer.isFound else { throw RcloneFailure.failed(answer.error, doing, address) }
        return answer
    }

    private func copy(
        _ command: String, _ from: String, _ file: String, _ to: String, _ name: String, _ doing: String, tries: Int = 3
    ) throws {
        let answer = try asking(doing, tries: tries) {
            try $0.ask(command, Copy(srcFs: from, srcRemote: file, dstFs: to, dstRemote: name))
        }
        guard answer.status == 200 else { throw RcloneFailure.failed(answer.error, doing, address) }
    }

    /// What fails without a reason that lasts is tried again; where rclone itself is gone, with another one.
    private func asking(_ doing: String, tries: Int = 3, _ body: (RcloneServer) throws -> RcloneServer.Answer) throws
        -> RcloneServer.Answer
    {
        for attempt in 1... {
            let server = try running()
            do {
                let answer = try body(server)
                guard answer.status >= 500, attempt < tries,
                    RcloneFailure.failed(answer.error, doing, address).code == .storageFailed
                else { return answer }
            } catch let lost as RcloneServer.Lost {
                self.server.update { if $0 === server { $0 = nil } }
                guard attempt < tries else { throw RcloneFailure.failed(lost.reason, doing, address) }
            }
            usleep(UInt32(attempt) * 200_000)
        }
        throw misunderstood
    }

    private func running() throws -> RcloneServer {
        try server.withLock { server in
            if let server { return server }
            let made = try RcloneServer()
            server = made
            return made
        }
    }
}
