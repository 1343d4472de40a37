import FoundationEssentials
import Primitives
import Storage

/// A repository at any remote that rclone speaks to, in the shape of one in a directory. Each request is a run of rclone. Objects are
/// uploaded to `tmp/` and moved to their names. Remotes differ in what they can: of two programs that write a name at the same moment
/// both may think that they did, so nothing is collected here.
package final class RcloneStore: ObjectStore {
    let address: RcloneAddress
    let spoolPlaces: [String]
    /// Names that are being written by this process.
    private let writing = Monitor<Set<ObjectName>>([])

    package var location: String { address.location }
    package func refusesTakenNames() throws -> Bool { false }

    package init(_ address: RcloneAddress, spoolPlaces: [String]) {
        (self.address, self.spoolPlaces) = (address, spoolPlaces)
    }

    package func makeRoot() throws { try perform("making the directory", ["mkdir", address.target()]) }

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
        var filled = 0
        let words = ["cat", "--offset", String(offset), "--count", String(buffer.count), address.target(name.path)]
        let ended = try RcloneProcess.run(words) { piece in
            guard piece.count <= buffer.count - filled else {
                throw Failure.damaged(name, "came longer than was asked for")
            }
            UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]).copyBytes(from: piece)
            filled += piece.count
        }
        if ended.status == 0, filled > 0 { return filled }
        // Nothing of a directory, or beyond the end, or not there: rclone does not tell them apart everywhere.
        guard let size = try size(of: name) else { throw Failure.objectMissing(name, in: location) }
        guard offset < size else { return 0 }
        throw RcloneFailure.failed(ended, "reading \(name)", address)
    }

    package func size(of name: ObjectName) throws -> Int64? { try size(ofPath: name.path) }

    private struct Entry: Decodable {
        var Size: Int64
        var IsDir: Bool
    }

    func size(ofPath path: String) throws -> Int64? {
        var said: [UInt8] = []
        let words = ["lsjson", "--stat", "--no-modtime", "--no-mimetype", address.target(path)]
        let ended = try RcloneProcess.run(words) { if said.count < 1 << 20 { said += $0 } }
        if ended.isMissing { return nil }
        guard ended.status == 0 else { throw RcloneFailure.failed(ended, "looking at \(path)", address) }
        // Some remotes say 'null' of what is not there.
        guard let entry = try? JSONDecoder().decode(Entry?.self, from: Data(said)), !entry.IsDir, entry.Size >= 0 else {
            return nil
        }
        return entry.Size
    }

    package func list(below prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        var waiting: [UInt8] = []
        let words = [
            "lsf", "--recursive", "--files-only", "--format", "sp", "--separator", " ", address.target(prefix),
        ]
        let ended = try RcloneProcess.run(words) { piece in
            waiting.append(contentsOf: piece)
            guard let end = waiting.lastIndex(of: 0x0A) else { return }
            for line in waiting[..<end].split(separator: 0x0A) { try entry(line, prefix, body) }
            waiting.removeFirst(end + 1)
        }
        if ended.isMissing { return }
        guard ended.status == 0 else { throw RcloneFailure.failed(ended, "listing \(prefix)", address) }
    }

    private func entry(_ line: ArraySlice<UInt8>, _ prefix: String, _ body: (ObjectName, Int64) throws -> Void) throws {
        let parts = line.split(separator: 0x20, maxSplits: 1)
        guard parts.count == 2, let size = Int64(String(decoding: parts[0], as: UTF8.self)), size >= 0 else {
            throw Failure(
                .storageFailed, "rclone lists \(location) in a way that is not understood.",
                advice: "Use rclone 1.60 or newer.")
        }
        let rest = String(decoding: parts[1], as: UTF8.self)
        let name = ObjectName(prefix.isEmpty ? rest : prefix + "/" + rest)
        guard name.isValid, !name.path.hasPrefix("tmp/") else { return }
        // A file that was asked for as a directory is listed as itself.
        if !prefix.isEmpty, rest == prefix.split(separator: "/").last.map(String.init), try self.size(of: name) == nil {
            return
        }
        try body(name, size)
    }

    package func remove(_ name: ObjectName) throws {
        // What is not there is an error to rclone, and to nobody else.
        guard try size(of: name) != nil else { return }
        let ended = try RcloneProcess.run(["deletefile", address.target(name.path)])
        guard try ended.status == 0 || size(of: name) == nil else {
            throw RcloneFailure.failed(ended, "removing \(name)", address)
        }
    }

    package func removeAbandoned() throws -> Int {
        var lines = 0
        let old = ["--min-age", "7d", address.target("tmp")]
        let ended = try RcloneProcess.run(["lsf", "--files-only"] + old) { lines += $0.count { $0 == 0x0A } }
        if ended.isMissing || lines == 0 { return 0 }
        try perform("removing leftovers", ["delete"] + old)
        return lines
    }

    /// Uploads the file at `path`, which has `count` bytes.
    func upload(_ path: String, _ count: Int64, as name: ObjectName) throws -> PutOutcome {
        writing.wait { $0.insert(name).inserted ? () : nil }
        defer { writing.update { _ = $0.remove(name) } }
        guard try size(of: name) == nil else { return .exists }
        let temporary = "tmp/" + SealedObjectID.random().hex
        try perform("uploading \(name)", ["copyto", path, address.target(temporary)])
        // Somebody may have been faster meanwhile; an upload that was short leaves little room for that. What then is left of the
        // moment is what remotes differ in.
        if count > 1 << 20, try size(of: name) != nil {
            _ = try RcloneProcess.run(["deletefile", address.target(temporary)])
            return .exists
        }
        try perform("naming \(name)", ["moveto", address.target(temporary), address.target(name.path)])
        guard try size(of: name) == count else {
            throw Failure(
                .storageFailed, "What was uploaded as \(name) to \(location) is not there in its length.",
                advice:
                    "Look whether rclone's configuration or environment keeps it from writing, then run the command again."
            )
        }
        return .created
    }

    private func perform(_ doing: String, _ words: [String]) throws {
        let ended = try RcloneProcess.run(words)
        guard ended.status == 0 else { throw RcloneFailure.failed(ended, doing, address) }
    }
}
