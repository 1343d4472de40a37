import Foundation
import Operations
import Primitives
import RepositoryEngine
import Storage
import Testing

@testable import Identity

/// A repository of a few files and two snapshots, in memory, to be damaged thousands of times.
final class SmallRepository: Sendable {
    let objects: [ObjectName: [UInt8]]
    let names: [ObjectName]
    /// Content of the files of each snapshot, by path, oldest snapshot first.
    let expected: [[String: [UInt8]]]
    private let key: String
    private let keyFile: String
    private let scratch: Scratch

    static let shared = Result { try SmallRepository() }

    init() throws {
        let place = try Place()
        let script =
            "mkdir -p d; echo one > d/one; echo two > two; : > empty; head -c 9000 /dev/urandom > noise; ln -sf two link"
        try ChildProcess.shell(script, directory: place.source)
        try place.backup()
        let first = try Self.contents(place.source)
        try ChildProcess.shell("echo changed > two; echo three > d/three", directory: place.source)
        try place.backup()
        expected = [first, try Self.contents(place.source)]
        let store = DirectoryStore(root: place.repository)
        var objects: [ObjectName: [UInt8]] = [:]
        for name in try store.names(below: "") { objects[name] = try store.readAll(name, limit: 1 << 24) }
        self.objects = objects
        names = objects.keys.sorted()
        keyFile = place.keyFile
        key = try String(contentsOfFile: place.keyFile, encoding: .utf8)
        scratch = try Scratch()
    }

    private static func contents(_ root: String) throws -> [String: [UInt8]] {
        var contents: [String: [UInt8]] = [:]
        for name in try FileStatus.files(below: root) {
            contents[name] = Array(try Data(contentsOf: URL(filePath: root + "/" + name)))
        }
        return contents
    }

    func store(_ changes: [ObjectName: [UInt8]?] = [:]) -> MemoryStore {
        let store = MemoryStore()
        for (name, bytes) in objects { store.tamper(name, with: bytes) }
        for (name, bytes) in changes { store.tamper(name, with: bytes) }
        return store
    }

    /// Opened with the key file.
    func opened(_ store: MemoryStore) throws -> (Repository, SealOpener) {
        let repository = try Repository.open(store)
        return (
            repository, try repository.unlock(.recipientKey(try RecipientKeyFile.privateKey(in: key, file: keyFile)))
        )
    }

    /// What `verify --read-data` finds. A repository that does not even open says so by what it throws.
    func verify(_ store: MemoryStore) throws -> VerifyReport {
        let (repository, opener) = try opened(store)
        return try Verify.run(
            permit: Permit(owner: "test"), repository: repository, opener: opener,
            options: VerifyOptions(readData: true), observer: Listener())
    }

    /// Whether `verify --read-data` finds anything wrong. Whatever else is thrown than a failure of a class that a damaged repository
    /// may have is passed on.
    func isFoundOut(_ store: MemoryStore) throws -> Bool {
        do {
            return try !verify(store).isIntact
        } catch let failure as Failure where [.integrity, .missing, .denied, .newer].contains(failure.code.class) {
            return true
        }
    }

    struct Restored {
        var wrong: [String] = []
        var unreported: [String] = []
        var whole = 0
    }

    /// Restores every snapshot that can be found, and compares what is there with what was.
    func restore(_ store: MemoryStore) throws -> Restored {
        var restored = Restored()
        let opened: (Repository, SealOpener), catalog: SnapshotCatalog
        do {
            opened = try self.opened(store)
            catalog = try SnapshotCatalog(repository: opened.0)
        } catch is Failure {
            return restored
        }
        for snapshot in catalog.committed where snapshot.record.sequence <= 2 {
            let target = scratch.path + "/" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: target) }
            let listener = Listener()
            var options = RestoreOptions(snapshot: snapshot, target: target)
            options.strip = true
            do {
                _ = try Restore.run(
                    permit: Permit(owner: "test"), repository: opened.0, opener: opened.1, options: options,
                    observer: listener)
            } catch is Failure {
                listener.problem(EntryProblem(path: [], kind: .damaged, reason: "all of it"))
            }
            let wanted = expected[Int(snapshot.record.sequence) - 1]
            let there = try Self.contents(target)
            for (path, bytes) in there where wanted[path] != bytes { restored.wrong.append("\(snapshot.name) \(path)") }
            let lacks = wanted.keys.filter { there[$0] == nil }
            if !lacks.isEmpty, listener.problems.isEmpty { restored.unreported += lacks }
            if lacks.isEmpty { restored.whole += 1 }
        }
        return restored
    }
}

/// Collects problems.
final class Listener: OperationObserver {
    private let found = Monitor<[EntryProblem]>([])
    var problems: [EntryProblem] { found.withLock { $0 } }
    var isCancelled: Bool { false }
    func progress(_ progress: OperationProgress) {}
    func problem(_ problem: EntryProblem) { found.withLock { $0.append(problem) } }
    func warning(_ message: String) {}
}
