import Foundation
import Testing

/// The walls of the house: which target may know which, what a target may import, and how nothing is called.
@Suite struct ArchitectureTests {
    @Test("Package.swift has the arrows of arrows.txt, no other") func arrows() throws {
        let committed = try String(
            contentsOf: root.appending(path: "Tests/ArchitectureTests/arrows.txt"), encoding: .utf8)
        let decided = Set(committed.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init))
        let actual = Set(try Manifest.ofThisPackage().arrows.map(\.description))
        #expect(
            actual.subtracting(decided).sorted() == [],
            "arrows that nobody decided on: add them to arrows.txt, or do without")
        #expect(decided.subtracting(actual).sorted() == [], "arrows that are gone: take them out of arrows.txt")
    }

    @Test("Arrows point down only") func noCycles() throws {
        let manifest = try Manifest.ofThisPackage()
        for target in manifest.targetNames {
            #expect(!manifest.everythingBelow(target).contains(target), "\(target) reaches itself")
        }
    }

    @Test("Nothing below Operations speaks to a terminal or a browser") func importsBelowOperations() throws {
        let forbidden: Set = [
            "ArgumentParser", "Hummingbird", "Mustache", "FoundationInternationalization", "AppKit", "UIKit",
            "SwiftUI",
        ]
        for target in try Manifest.ofThisPackage().everythingBelow("Operations") {
            for file in try sources(below: "Sources/\(target)") {
                let imports = try modules(importedBy: file)
                #expect(
                    imports.isDisjoint(with: forbidden),
                    "\(file.path) imports \(imports.intersection(forbidden).sorted())")
            }
        }
    }

    @Test("Only the executable has an entry point") func entryPoints() throws {
        let holders = try sources(below: "Sources").filter {
            try String(contentsOf: $0, encoding: .utf8).contains("@main")
        }
        #expect(holders.map { $0.deletingLastPathComponent().lastPathComponent } == ["safehold"])
    }

    @Test(
        "Only a collection, a copy that follows one or is mended, and a probe of what it put there, take objects out of a store"
    )
    func removal() throws {
        let callers = try sources(below: "Sources").filter {
            try String(contentsOf: $0, encoding: .utf8).contains(#/[sS]tore\.remove\(/#)
        }
        let rooms = Set(callers.map { $0.deletingLastPathComponent().lastPathComponent })
        #expect(rooms == ["Collection", "Replication", "StorageConformance", "Storage"])
        #expect(callers.contains { $0.path.hasSuffix("Operations/Storage/ProbeCorner.swift") })
    }

    @Test("What an operation does it does by a permit: without one it cannot be called") func permits() throws {
        // What lets somebody in has nobody yet who could be asked; the host's own lock, and a log's means, which bring theirs.
        let others: Set = ["SigningIn", "TakeOver", "ReceiveLog"]
        var found: Set<String> = []
        var count = 0
        for file in try sources(below: "Sources/Operations") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for entry in text.matches(of: #/package static func run(<[^>]*>)?\(([^{]*)\{/#) {
                count += 1
                guard !entry.output.2.contains(#/[pP]ermits?\b/#) else { continue }
                found.insert(file.deletingPathExtension().lastPathComponent)
            }
        }
        #expect(count > 30)
        #expect(found == others)
    }

    @Test("No room without a meaning") func names() throws {
        let meaningless: Set = ["util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc"]
        for folder in ["Sources", "Tests"] {
            for path in try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path) {
                for name in path.split(separator: "/") {
                    let stem = name.prefix { $0 != "." }
                    let words = Set(words(of: stem))
                    #expect(words.isDisjoint(with: meaningless), "\(folder)/\(path) says nothing of what is in it")
                    #expect(stem.lowercased() != "new", "\(folder)/\(path) will not be new for long")
                }
            }
        }
    }

    /// The words of a name in camel case: `PackFooter+Parsing` is pack, footer, parsing.
    private func words(of name: Substring) -> [String] {
        var words: [String] = []
        var startsWord = true
        for character in name {
            if !character.isLetter {
                startsWord = true
                continue
            }
            if startsWord || character.isUppercase { words.append("") }
            words[words.count - 1].append(contentsOf: character.lowercased())
            startsWord = false
        }
        return words
    }

    private func sources(below folder: String) throws -> [URL] {
        let base = root.appending(path: folder)
        return try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
            .map { base.appending(path: $0) }
    }

    private func modules(importedBy file: URL) throws -> Set<String> {
        let pattern =
            #/^\s*(?:@\w+(?:\([^)]*\))?\s+)*(?:package\s+|internal\s+|private\s+|fileprivate\s+|public\s+)?import\s+(?:(?:struct|class|enum|func|protocol|typealias|let|var)\s+)?(\w+)/#
            .anchorsMatchLineEndings()
        return Set(try String(contentsOf: file, encoding: .utf8).matches(of: pattern).map { String($0.output.1) })
    }
}

/// The package's own folder, found from where this file was compiled.
private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

/// What Package.swift declares, as the package manager itself reads it.
private struct Manifest {
    struct Arrow: CustomStringConvertible {
        var from: String
        var to: String
        var package: String?
        var description: String { "\(from) -> \(to)" + (package.map { " (\($0))" } ?? "") }
    }

    var targetNames: [String]
    var arrows: [Arrow]

    /// The scratch path is one of its own: the build that runs this test may hold the lock of the usual one.
    static func ofThisPackage() throws -> Manifest {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "safehold-manifest-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: scratch) }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = [
            "swift", "package", "--package-path", root.path, "--scratch-path", scratch.path, "dump-package",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let json = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "'swift package dump-package' failed")
        return try Manifest(json: json)
    }

    private init(json: Data) throws {
        let package = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
        let targets = try #require(package["targets"] as? [[String: Any]]).filter { $0["type"] as? String != "test" }
        targetNames = targets.compactMap { $0["name"] as? String }
        arrows = []
        for target in targets {
            let from = try #require(target["name"] as? String)
            for dependency in try #require(target["dependencies"] as? [[String: Any]]) {
                let (kind, parts) = try #require(dependency.first)
                let values = try #require(parts as? [Any])
                arrows.append(
                    Arrow(
                        from: from, to: try #require(values.first as? String),
                        package: kind == "product" ? values[1] as? String : nil))
            }
        }
    }

    func everythingBelow(_ target: String) -> Set<String> {
        var found: Set<String> = []
        var open = [target]
        while let next = open.popLast() {
            for arrow in arrows where arrow.from == next && arrow.package == nil {
                if found.insert(arrow.to).inserted { open.append(arrow.to) }
            }
        }
        return found
    }
}
