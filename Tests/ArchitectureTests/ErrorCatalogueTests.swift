import Foundation
import Primitives
import Testing

/// docs/errors.md against the catalogue in the code: a person who looks a code up finds it, with what the program really does.
@Suite struct ErrorCatalogueTests {
    @Test("Every code has its section, with its class and exit status", arguments: Failure.Code.allCases)
    func section(_ code: Failure.Code) throws {
        let lines = try page().split(separator: "\n", omittingEmptySubsequences: false)
        let heading = try #require(lines.firstIndex(of: "## \(code.rawValue)"), "docs/errors.md has no section for it")
        let stated = try #require(lines[(heading + 1)...].first { !$0.isEmpty })
        #expect(stated == "Class: \(code.class.rawValue). Exit status: \(code.class.exitStatus).")
    }

    @Test("No section describes a code that does not exist") func noStrangers() throws {
        let codes = Set(Failure.Code.allCases.map(\.rawValue))
        let sections = try page().split(separator: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
        #expect(Set(sections).subtracting(codes) == [])
        #expect(Set(sections).count == sections.count, "a code is described twice")
    }

    private func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return try String(contentsOf: root.appending(path: "docs/errors.md"), encoding: .utf8)
    }
}
