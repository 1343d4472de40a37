import CLinux
import Foundation
import Primitives
import Storage
import TestSupport
import Testing

@Suite struct DirectoryStoreTests {
    private let folder: TemporaryFolder
    private let store: DirectoryStore
    private var root: String { store.root }

    init() throws {
        folder = try TemporaryFolder()
        store = try DirectoryStore.create(at: folder.path + "/repository")
        _ = try store.put(Array("format".utf8), as: ObjectName("FORMAT"), .immediate)
    }

    private func staged(_ bytes: [UInt8] = [1, 2, 3]) throws -> any StagedObject {
        let staged = try store.stage()
        try bytes.withUnsafeBytes { try staged.append($0) }
        return staged
    }

    private var temporaryFiles: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: root + "/tmp").sorted() }
    }

    // MARK: What dead processes left

    @Test func temporaryFilesOfTheDeadGoAndOfTheLivingStay() throws {
        for name in ["dead-1", "dead-2"] { try Data([1]).write(to: URL(filePath: root + "/tmp/" + name)) }
        let alive = try staged()
        #expect(try temporaryFiles.count == 3)
        #expect(try store.removeAbandoned() == 2)
        #expect(try temporaryFiles.count == 1)
        #expect(try store.removeAbandoned() == 0)
        #expect(try alive.finish(as: ObjectName("packs/aa/x"), .immediate) == .created)
        #expect(try temporaryFiles == [])
    }

    /// The lock belongs to the process that writes: while another one holds it, its file stays, and goes when that one is killed.
    @Test func aKilledWriterLeavesNothingForLong() throws {
        let path = root + "/tmp/of-another-process"
        try Data([1]).write(to: URL(filePath: path))
        let writer = Process()
        writer.executableURL = URL(filePath: "/usr/bin/flock")
        writer.arguments = ["--no-fork", path, "sleep", "60"]
        try writer.run()
        let fd = open(path, O_RDONLY)
        defer { close(fd) }
        while sh_try_lock(fd) == 0 {
            flock(fd, LOCK_UN)
            usleep(5_000)
        }
        #expect(try store.removeAbandoned() == 0)
        kill(writer.processIdentifier, SIGKILL)
        writer.waitUntilExit()
        #expect(try store.removeAbandoned() == 1)
    }

    /// Whoever cleans up between the moment a temporary file appears and the moment it is locked must not cost a run its object.
    @Test func cleaningUpDoesNotDisturbWhoBegins() throws {
        let done = Monitor(false)
        let failures = Monitor<[String]>([])
        let cleaners = WorkerThreads()
        for _ in 0..<2 {
            cleaners.start { [store] in
                while !done.withLock({ $0 }) { _ = try? store.removeAbandoned() }
            }
        }
        let writers = WorkerThreads()
        for writer in 0..<2 {
            writers.start { [store] in
                for number in 0..<Soak.count(400, full: 20_000) {
                    do {
                        _ = try store.put([1, 2, 3], as: ObjectName("race/\(writer)/\(number)"), .deferred)
                    } catch {
                        failures.withLock { $0.append("\(error)") }
                    }
                }
            }
        }
        writers.joinAll()
        done.update { $0 = true }
        cleaners.joinAll()
        #expect(failures.withLock { $0 } == [])
    }

    // MARK: A disk that is not there

    @Test func nothingIsMadeWhereTheRootHasVanished() throws {
        let before = try staged()
        try FileManager.default.moveItem(atPath: root, toPath: folder.path + "/unmounted")
        #expect(failureCode { _ = try store.stage() } == .objectMissing)
        #expect(failureCode { _ = try store.put([1], as: ObjectName("packs/aa/x"), .immediate) } == .objectMissing)
        #expect(failureCode { _ = try before.finish(as: ObjectName("packs/bb/x"), .immediate) } == .objectMissing)
        #expect(!FileManager.default.fileExists(atPath: root), "a tree was made below the mount point")
    }

    @Test func nothingIsMadeInAnEmptyMountPoint() throws {
        let before = try staged()
        try FileManager.default.moveItem(atPath: root, toPath: folder.path + "/unmounted")
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: false)
        #expect(failureCode { _ = try store.put([1], as: ObjectName("packs/aa/x"), .immediate) } == .objectMissing)
        #expect(failureCode { _ = try before.finish(as: ObjectName("packs/bb/x"), .immediate) } == .objectMissing)
        before.abandon()
        #expect(try FileManager.default.subpathsOfDirectory(atPath: root) == [])
    }

    @Test func aMissingTemporaryFolderOfARealRepositoryIsMadeAgain() throws {
        try FileManager.default.removeItem(atPath: root + "/tmp")
        #expect(try store.put([1], as: ObjectName("packs/aa/x"), .immediate) == .created)
    }

    @Test func aListOfAVanishedRootIsAnErrorAndNotEmpty() throws {
        try FileManager.default.moveItem(atPath: root, toPath: folder.path + "/unmounted")
        #expect(failureCode { _ = try store.names(below: "") } == .objectMissing)
    }

    // MARK: Errors

    @Test func errorsAreToldApart() throws {
        let long = ObjectName("packs/" + String(repeating: "a", count: 300))
        #expect(failureCode { _ = try store.put([1], as: long, .immediate) } == .storageFailed)
        #expect(try temporaryFiles == [], "a failed put left its temporary file")
        #expect(failureCode { _ = try store.readAll(ObjectName("nothing"), limit: 10) } == .objectMissing)
        _ = try store.put([1, 2, 3], as: ObjectName("three"), .immediate)
        #expect(failureCode { _ = try store.readAll(ObjectName("three"), limit: 2) } == .objectDamaged)
        #expect(failureCode { _ = try store.readRange(ObjectName("three"), at: 1, count: 3) } == .objectDamaged)
    }

    @Test func aStoreWithoutRightsSaysSo() throws {
        guard getuid() != 0 else { return print("Skipped: root may write everywhere.") }
        chmod(root + "/tmp", 0o500)
        defer { chmod(root + "/tmp", 0o700) }
        #expect(failureCode { _ = try store.put([1], as: ObjectName("x"), .immediate) } == .storageDenied)
    }

    // MARK: Files

    @Test func objectsAreForTheirOwnerOnly() throws {
        _ = try store.put([1], as: ObjectName("packs/aa/x"), .immediate)
        for path in ["packs/aa/x", "packs/aa", "packs", "tmp", ""] {
            let mode = try FileManager.default.attributesOfItem(atPath: root + "/" + path)[.posixPermissions] as? Int
            #expect((mode ?? 0o777) & 0o077 == 0, "\(path) is open to others")
        }
    }

    @Test func theTemporaryFolderAndHiddenFilesAreNoObjects() throws {
        let open = try staged()
        try Data([1]).write(to: URL(filePath: root + "/.hidden"))
        #expect(try store.names(below: "") == [ObjectName("FORMAT")])
        open.abandon()
    }

    @Test func aSymbolicLinkIsNotFollowed() throws {
        try Data(repeating: 7, count: 10).write(to: URL(filePath: folder.path + "/outside"))
        try FileManager.default.createSymbolicLink(
            atPath: root + "/link", withDestinationPath: folder.path + "/outside")
        #expect(failureCode { _ = try store.readRange(ObjectName("link"), at: 0, count: 10) } == .storageFailed)
    }

    private func failureCode(_ body: () throws -> Void) -> Failure.Code? {
        do {
            try body()
            return nil
        } catch {
            return (error as? Failure)?.code
        }
    }
}
