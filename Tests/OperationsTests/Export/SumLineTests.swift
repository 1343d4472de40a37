import Foundation
import Primitives
import Sealing
import TestSupport
import Testing

@testable import Operations

/// Lines of SHA256SUMS, which `sha256sum` itself judges.
@Suite("A line of sums") struct SumLineTests {
    @Test(
        "is what sha256sum writes, takes, and is as long as was said",
        arguments: [
            "plain", "two words", "back\\slash", "new\nline", "end\r", "mid\rdle", "\\n", "\\\n", " leading", "*star",
            "ä",
        ]) func lines(_ name: String) throws
    {
        let folder = try TemporaryFolder()
        let content = Data("content of \(name)".utf8)
        try content.write(to: URL(filePath: folder.path + "/" + name))
        let line = SumLine.of(SHA256Digest.of(Array(content)), Array(name.utf8))
        #expect(line.count == SumLine.count(of: Array(name.utf8)))
        try Data(line).write(to: URL(filePath: folder.path + "/sums"))
        let check = Process()
        check.executableURL = URL(filePath: "/usr/bin/sha256sum")
        check.currentDirectoryURL = URL(filePath: folder.path)
        check.arguments = ["--strict", "--quiet", "-c", "sums"]
        try check.run()
        check.waitUntilExit()
        #expect(check.terminationStatus == 0, "\(String(decoding: line, as: UTF8.self))")
    }
}
