import ArgumentParser
import Testing

@testable import Commands

@Suite struct ArgumentTextTests {
    @Test(
        "Any bytes come back as they were",
        arguments: [
            Array("plain/ü".utf8), [0xFF], [0x61, 0xC3, 0x28], [0xF4, 0x8F, 0xB8, 0x80], [0xED, 0xA0, 0x80], [],
            Array("--x=".utf8) + [0x80],
        ])
    func roundTrip(_ bytes: [UInt8]) { #expect(ArgumentText.decode(ArgumentText.encode(bytes)) == bytes) }

    @Test("A path that is not UTF-8 goes through the parser")
    func throughTheParser() throws {
        let command = try SafeholdCommand.parseAsRoot(["backup", "-r", "/r", ArgumentText.encode([0x2F, 0xFE])])
        let backup = try #require(command as? BackupCommand)
        #expect(backup.paths.map(ArgumentText.decode) == [[0x2F, 0xFE]])
    }

    @Test(
        "Paths become absolute by their letters",
        arguments: [
            ("a", "/w/a"), ("./a/../b", "/w/b"), ("/x//y/.", "/x/y"), ("../../..", "/"), ("/", "/"), ("a/", "/w/a"),
            ("...", "/w/..."),
        ])
    func absolute(_ given: String, _ expected: String) {
        #expect(GivenPath.absolute(Array(given.utf8), from: Array("/w".utf8)) == Array(expected.utf8))
    }
}
