import Foundation
import Glibc
import Primitives
import TestSupport
import Testing

@Suite struct ProgramLaunchTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/script" }

    init() throws { folder = try TemporaryFolder() }

    /// A script that is open for writing still.
    private func script() throws -> Int32 {
        let writer = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o755)
        try #require(writer >= 0)
        let text = Array("#!/bin/sh\nexit 7\n".utf8)
        try #require(write(writer, text, text.count) == text.count)
        return writer
    }

    @Test func aProgramThatIsWrittenJustNowIsWaitedFor() throws {
        let writer = try script()
        let thread = Thread {
            usleep(100_000)
            close(writer)
        }
        thread.start()
        #expect(try BoundedProgram([path], timeout: .seconds(60)).run().manner == .status(7))
    }

    @Test func aProgramThatSomebodyGoesOnWritingIsNotStarted() throws {
        let writer = try script()
        defer { close(writer) }
        let failed = try #require(throws: ProgramLaunch.Failed.self) {
            try BoundedProgram([path], timeout: .seconds(60)).run()
        }
        #expect(failed.reason == "Text file busy")
    }
}
