@testable import Capture
import Foundation
import Glibc
import TestSupport
import Testing

/// What the kernel tells, against what a look at everything finds.
@Suite struct RandomChangesTests {
    private static let names = ["a", "b", "c", "d", "left-out"]

    /// Directories of the tree, relative, the root first.
    private func directories(_ root: String) throws -> [String] {
        [""]
            + (try FileManager.default.subpathsOfDirectory(atPath: root)).filter { path in
                var isDirectory: ObjCBool = false
                return FileManager.default.fileExists(atPath: root + "/" + path, isDirectory: &isDirectory)
                    && isDirectory.boolValue
            }.sorted()
    }

    private func change(_ root: String, _ beside: String, _ generator: inout SeededGenerator) throws {
        func place() throws -> String {
            let directory = try directories(root).randomElement(using: &generator) ?? ""
            let name = Self.names.randomElement(using: &generator) ?? "a"
            return root + "/" + (directory.isEmpty ? name : directory + "/" + name)
        }
        let (one, other) = (try place(), try place())
        switch Int.random(in: 0..<10, using: &generator) {
        case 0..<3: try? FileManager.default.createDirectory(atPath: one + "/b/c", withIntermediateDirectories: true)
        case 3..<5: try? Files.write(one, "\(generator.next())")
        case 5: rename(one, other)
        case 6: try? Files.exchange(one, other)
        case 7: rename(one, beside + "/\(generator.next())")
        case 8:
            let away = try FileManager.default.contentsOfDirectory(atPath: beside).sorted()
            if let name = away.randomElement(using: &generator) { rename(beside + "/" + name, one) }
        default: try? FileManager.default.removeItem(atPath: one)
        }
    }

    @Test(
        "Whatever is done, what a look finds is told, and every directory is watched where it lies",
        arguments: WatchFixture.kernelMethods, 0..<Soak.count(4, full: 100))
    func random(_ method: WatchMethod, _ seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let folder = try TemporaryFolder()
        let (path, beside) = (folder.path + "/root", folder.path + "/beside")
        for made in [path, beside] { try Files.makeDirectory(made) }
        let root = WatchedRoot(id: "x", path: Array(path.utf8)) { path, _ in
            // By name, and by a path that renames give and take away.
            let text = String(decoding: path, as: UTF8.self)
            return text == "a/c" || text.split(separator: "/").last == "left-out"
        }
        var settings = WatchSettings()
        settings.method = method
        let watcher = try ChangeWatcher(roots: [root], settings: settings)
        func digest() -> TreeDigest { TreeDigest(of: root, at: root.path, skipping: []) { false } }
        for step in 0..<Soak.count(80, full: 300) {
            let before = digest()
            // Several at once: the kernel's notifications are read after the tree has changed again.
            for _ in 0..<Int.random(in: 1...4, using: &generator) { try change(path, beside, &generator) }
            let isTold = !watcher.drain().isEmpty
            #expect(isTold || digest() == before, "seed \(seed), step \(step)")
        }
        for directory in try directories(path) {
            let file = Array((directory.isEmpty ? "probe" : directory + "/probe").utf8)
            try Files.write(path + "/" + String(decoding: file, as: UTF8.self))
            #expect(
                !watcher.drain().isEmpty != root.leavesOutAnyPart(of: file, isDirectory: false),
                "seed \(seed), \(directory)")
        }
    }
}
