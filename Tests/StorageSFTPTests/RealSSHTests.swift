import Foundation
import Primitives
import Storage
import StorageConformance
import StorageSFTP
import TestSupport
import Testing

/// Beside a real server: what the contract says holds over SFTP, also when connections break.
@Suite(.enabled(if: SSHServer.isPossible, Comment(rawValue: SSHServer.reason))) struct RealSSHTests {
    private let server: SSHServer
    private var root: String { server.folder + "/store/repository" }

    init() throws { server = try SSHServer() }

    private func store(_ client: SSHServer.Client = .good) throws -> SFTPStore {
        SFTPStore(try SFTPAddress.parse(server.address(root, client)))
    }

    private func bytes(_ count: Int) -> [UInt8] {
        var random = SeededGenerator(seed: UInt64(count))
        return random.bytes(count)
    }

    @Test("A directory behind SFTP is a store") func conformance() throws {
        let store = try store()
        try store.makeRoot()
        var effort = ConformanceSuite.Effort()
        effort.rounds = Soak.count(2, full: 50)
        effort.bigObjectBytes = Soak.count(6 << 20, full: 100 << 20)
        #expect(ConformanceSuite(store: store, below: "conformance", effort: effort).run().findings == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/tmp") == [], "temporary files are left")
        #expect(try store.refusesTakenNames())
    }

    @Test("What it stores is a repository's directory") func directory() throws {
        let store = try store()
        try store.makeRoot()
        let content = bytes(3_000_000)
        #expect(try store.put(content, as: ObjectName("packs/ab/abcd"), .immediate) == .created)
        let local = DirectoryStore(root: root)
        #expect(try local.readAll(ObjectName("packs/ab/abcd"), limit: 1 << 24) == content)
        #expect(try local.put([1], as: ObjectName("packs/ab/abcd"), .immediate) == .exists)
        #expect(try store.put([1], as: ObjectName("packs/ab/abcd"), .immediate) == .exists)
        #expect(try local.put([2], as: ObjectName("meta/x"), .immediate) == .created)
        #expect(try store.put([3], as: ObjectName("meta/x"), .immediate) == .exists)
    }

    @Test("Connections that break cost nothing but time") func cut() throws {
        let store = try store()
        try store.makeRoot()
        let content = bytes(9_000_000)
        let staged = try store.stage()
        for (number, start) in stride(from: 0, to: content.count, by: 1_000_000).enumerated() {
            try content[start..<start + 1_000_000].withUnsafeBytes { try staged.append($0) }
            if number % 3 == 1 { try server.cut() }
        }
        try server.cut()
        #expect(try staged.finish(as: ObjectName("large"), .immediate) == .created)
        try server.cut()
        #expect(try store.readAll(ObjectName("large"), limit: 1 << 24) == content)
        #expect(try store.names(below: "") == [ObjectName("large")])
        #expect(try store.put(content, as: ObjectName("large"), .immediate) == .exists)
    }

    @Test("Many writers go on while connections break again and again") func cutAgain() throws {
        let store = try store()
        try store.makeRoot()
        let threads = WorkerThreads()
        let problems = Monitor<[String]>([])
        let left = Monitor(4)
        for writer in 0..<4 {
            threads.start {
                for number in 0..<8 {
                    do {
                        let name = ObjectName("packs/\(writer)/\(number)")
                        let outcome = try store.put(bytes(400_000 + number), as: name, .immediate)
                        if outcome != .created { problems.update { $0.append("\(name) \(outcome)") } }
                    } catch { problems.update { $0.append("\(error)") } }
                }
                left.update { $0 -= 1 }
            }
        }
        for _ in 0..<4 where left.withLock({ $0 }) > 0 {
            usleep(150_000)
            try server.cut()
        }
        threads.joinAll()
        #expect(problems.withLock { $0 } == [])
        for writer in 0..<4 {
            for number in 0..<8 {
                let stored = try store.readAll(ObjectName("packs/\(writer)/\(number)"), limit: 1 << 20)
                #expect(stored == bytes(400_000 + number))
            }
        }
    }

    @Test("A server that went away is said to be away, and used again when it is back") func down() throws {
        let store = try store()
        try store.makeRoot()
        try server.goDown()
        let failure = #expect(throws: Failure.self) { try store.put([1], as: ObjectName("a"), .immediate) }
        #expect(failure?.code == .storageFailed && failure?.message.contains("refused") == true, "\(failure as Any)")
        try server.comeUp()
        #expect(try store.put([1], as: ObjectName("a"), .immediate) == .created)
    }

    @Test(
        "Who is not who he seems to be is told apart",
        arguments: [
            (SSHServer.Client.foreign, Failure.Code.storageCredentials), (.unknown, .storageUntrusted),
            (.changed, .storageUntrusted),
        ])
    func trust(_ client: SSHServer.Client, _ code: Failure.Code) throws {
        let failure = #expect(throws: Failure.self) { try store(client).size(of: ObjectName("FORMAT")) }
        #expect(failure?.code == code, "\(failure as Any)")
    }

    @Test("Without its directory there is nothing to list or to write into, and none is made") func noDirectory() throws
    {
        let store = try store()
        #expect(try store.size(of: ObjectName("FORMAT")) == nil)
        #expect(throws: Failure.self) { try store.names(below: "") }
        let failure = #expect(throws: Failure.self) { try store.put([1], as: ObjectName("a"), .immediate) }
        #expect(failure?.code == .storageMissing)
        #expect(!FileManager.default.fileExists(atPath: root))
    }

    @Test("Uploads that nobody goes on with are cleaned up after a week, others stay") func leftovers() throws {
        let store = try store()
        try store.makeRoot()
        for (name, days) in [("old", 8.0), ("recent", 1.0)] {
            let path = root + "/tmp/" + name
            try Data([1]).write(to: URL(filePath: path))
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -days * 86_400)], ofItemAtPath: path)
        }
        #expect(try store.removeAbandoned() == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: root + "/tmp") == ["recent"])
    }
}
