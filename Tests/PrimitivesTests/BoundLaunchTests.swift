import Glibc
import Primitives
import Testing

@Suite("A program that must not outlive who started it") struct BoundLaunchTests {
    private func start(_ words: [String], _ descriptors: [Int32] = []) throws -> pid_t {
        try ProgramLaunch.startBound(words, descriptors, settings: ["GREETING=good day"], endedBy: SIGTERM)
    }

    private func end(_ child: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }

    @Test("runs in a group of its own, with the descriptors and settings that it was given") func ordinary() throws {
        let (reading, writing) = try ProgramLaunch.pipe()
        defer { close(reading) }
        let child = try start(
            [
                "/bin/sh", "-c", "echo \"$GREETING\"; echo \"$1\" >&2; [ \"$(ps -o pgid= $$ | tr -d ' ')\" = $$ ]",
                "sh", "two words",
            ],
            [reading, writing, writing])
        close(writing)
        #expect(end(child) == 0)
        var room = [UInt8](repeating: 0, count: 100)
        let count = read(reading, &room, room.count)
        #expect(String(decoding: room.prefix(max(0, count)), as: UTF8.self) == "good day\ntwo words\n")
    }

    @Test("is ended when the thread is gone that started it") func orphan() throws {
        let threads = WorkerThreads()
        let started = Monitor<pid_t>(0)
        threads.start { started.update { $0 = (try? start(["/bin/sleep", "600"])) ?? -1 } }
        threads.joinAll()
        let child = started.withLock { $0 }
        try #require(child > 0)
        #expect(end(child) & 0x7F == SIGTERM)
    }

    @Test("is not there where it cannot be executed, and it is said why") func missing() throws {
        let failed = try #require(throws: ProgramLaunch.Failed.self) { try start(["/nowhere/at/all"]) }
        #expect(failed.reason == "No such file or directory")
    }
}
