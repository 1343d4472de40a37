import Foundation
import Glibc
import Strategy
import TestSupport
import Testing

@testable import Notification

@Suite("Messages to a command")
struct CommandChannelTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "safehold-command-\(UUID().uuidString)").path

    private func script(_ text: String) throws -> String {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let path = folder + "/script"
        try Data("#!/bin/sh\n\(text)\n".utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    private func failure(_ words: [String], _ patience: ChannelPatience = ChannelPatience()) throws -> MessageFailure {
        try #require(throws: MessageFailure.self) {
            try CommandChannel(words, patience: patience).send(Messages.failed("c"))
        }
    }

    @Test("it reads the message, and knows from its environment what it is about")
    func environment() throws {
        let path = try script(
            "cat /dev/stdin >\(folder)/text; env | grep -E '^SAFEHOLD_(CONTACT|COUNT|EVENT|HOST|ID|INCIDENT|KEY|PROJECT|RECOVERY|SEVERITY|SUBJECT|TIME)=' | sort >\(folder)/env; echo \"$1\" >\(folder)/word"
        )
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try CommandChannel([path, "a $(touch /tmp/never) 'b"]).send(Messages.failed("c"))
        #expect(try String(contentsOfFile: folder + "/text", encoding: .utf8) == Messages.failed("c").text)
        #expect(try String(contentsOfFile: folder + "/word", encoding: .utf8) == "a $(touch /tmp/never) 'b\n")
        #expect(
            try String(contentsOfFile: folder + "/env", encoding: .utf8) == """
                SAFEHOLD_CONTACT=anna
                SAFEHOLD_COUNT=1
                SAFEHOLD_EVENT=backup.failed
                SAFEHOLD_HOST=backup-1
                SAFEHOLD_ID=c
                SAFEHOLD_INCIDENT=17
                SAFEHOLD_KEY=backup/documentation
                SAFEHOLD_PROJECT=iqhis
                SAFEHOLD_RECOVERY=no
                SAFEHOLD_SEVERITY=error
                SAFEHOLD_SUBJECT=[iqhis] ERROR: Backup failed: documentation
                SAFEHOLD_TIME=2026-11-25T21:47:32Z

                """)
    }

    @Test("what it says when it fails is told")
    func fails() throws {
        let path = try script("echo first; echo 'no modem' >/dev/stderr; exit 7")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(try failure([path]).reason == "The command '\(path)' ended with status 7. It said: first / no modem")
        #expect(try failure(["/no/such/program"]).isHopeless)
        #expect(try failure([]).isHopeless)
    }

    @Test("one that does not end is killed with what it started")
    func hangs() throws {
        let path = try script("sleep 300 & echo $! >\(folder)/child; echo waiting; trap '' TERM; wait; sleep 300")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var patience = ChannelPatience()
        patience.command = .seconds(3)
        #expect(try failure([path], patience).reason.contains("took too long and was killed. It said: waiting"))
        let child = try #require(
            pid_t(try String(contentsOfFile: folder + "/child", encoding: .utf8).split(separator: "\n")[0]))
        func isGone() -> Bool {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return state == nil || state?.contains(") Z ") == true
        }
        // Whoever is killed goes when the system comes to it.
        for _ in 0..<200 where !isGone() { usleep(50_000) }
        #expect(isGone(), "its child is gone")
    }

    @Test("a message that it does not read, and one that is longer than any pipe, hold up nobody")
    func long() throws {
        let path = try script("exit 0")
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try CommandChannel([path]).send(Messages.failed("c", summary: String(repeating: "long ", count: 400_000)))
    }
}
