import Foundation
import Glibc
import TestSupport
import Testing

@testable import CapturePostgres

@Suite("What a server says while it recovers") struct ServerLogTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/log" }

    init() throws { folder = try TemporaryFolder() }

    private func say(_ text: String) throws {
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        try #require(file >= 0)
        defer { close(file) }
        let bytes = Array(text.utf8)
        try #require(bytes.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == bytes.count)
    }

    @Test("is read on from where it was read to, whatever is said in pieces") func pieces() throws {
        var log = ServerLog(path)
        log.readOn()
        #expect(log.text == "" && log.size == 0)
        try say("LOG:  starting\nLOG:  pausing at the end of rec")
        log.readOn()
        #expect(log.text == "LOG:  starting\nLOG:  pausing at the end of rec")
        try say("overy\n")
        log.readOn()
        log.readOn()
        #expect(log.text == "LOG:  starting\nLOG:  pausing at the end of recovery\n")
        #expect(log.size == Int64(log.text.utf8.count))
    }

    @Test("is remembered for what matters, however much else there is") func length() throws {
        try say("LOG:  redo done at 0/3000148 system usage\nFATAL:  could not restore file \"x\"\n")
        let chatter = String(
            repeating: "LOG:  restored log file \"000000010000000000000001\" from archive\n", count: 16_000)
        var log = ServerLog(path)
        for _ in 0..<70 { try say(chatter) }
        log.readOn()
        #expect(log.size > 64 << 20)
        try say("LOG:  recovery stopping before commit of transaction 9\n")
        try say(chatter)
        log.readOn()
        let text = log.text
        #expect(text.utf8.count < 10_000)
        let marks = ["redo done at 0/3000148", "could not restore file", "recovery stopping before commit"]
        let places = marks.compactMap { text.firstRange(of: $0)?.lowerBound }
        #expect(places.count == 3 && places == places.sorted())
        #expect(text.hasSuffix("from archive\n"))
    }
}
