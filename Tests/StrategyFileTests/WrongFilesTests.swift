import Foundation
import StrategyFile
import TestSupport
import Testing

/// A collection of strategy files, each with something wrong, and what is said of it.
@Suite struct WrongFilesTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Wrong")
    static let names: [String] = {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
    }()

    private static func said(_ name: String) throws -> String {
        let bytes = try Array(Data(contentsOf: folder.appending(path: name + ".yaml")))
        do {
            _ = try StrategyText.parse(bytes, base: Array("/srv/ward".utf8))
            Issue.record("\(name): nothing was found wrong")
            return ""
        } catch {
            return error.problems.map { $0.described(in: "safehold.yaml") + "\n" }.joined()
        }
    }

    private static let rewrites = ProcessInfo.processInfo.environment["SAFEHOLD_REWRITE"] == "1"

    /// SAFEHOLD_REWRITE=1 writes what is said now.
    @Test(arguments: names) func eachGivesItsMessage(_ name: String) throws {
        let page = Self.folder.appending(path: name + ".txt")
        let said = try Self.said(name)
        if Self.rewrites { try said.write(to: page, atomically: true, encoding: .utf8) }
        #expect(said == (try String(contentsOf: page, encoding: .utf8)))
        #expect(!said.contains("hunter2") && !said.contains("sesame"), "a secret is not repeated")
    }

    @Test func thereAreManyAndNoTwoGiveTheSame() throws {
        #expect(Self.names.count >= 150)
        var known: [String: String] = [:]
        for name in Self.names {
            let said = try Self.said(name)
            #expect(known[said] == nil, "\(name) gives what \(known[said] ?? "") gives")
            known[said] = name
        }
    }
}
