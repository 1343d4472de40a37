import Capture
import Glibc
import Testing

/// Programs whose output is backed up (COMP-4): all of it or nothing.
@Suite("A program's output") struct CommandStreamTests {
    private func read(_ stream: CommandStream) throws -> (bytes: [UInt8], said: [String]) {
        var reading = try stream.open()
        defer { reading.abandon() }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 10_000)
        while true {
            guard let count = try buffer.withUnsafeMutableBytes({ try reading.read(into: $0, waiting: 100) }) else {
                continue
            }
            if count == 0 { return (bytes, try reading.finish()) }
            bytes += buffer[..<count]
        }
    }

    private func shell(_ script: String, patience: Duration = .seconds(60)) -> CommandStream {
        CommandStream(["/bin/sh", "-c", script], patience: patience)
    }

    private func end(_ stream: CommandStream) -> StreamFailure? {
        do {
            _ = try read(stream)
            return nil
        } catch {
            return error as? StreamFailure
        }
    }

    @Test func isReadWhole() throws {
        let (bytes, said) = try read(shell("head -c 3000000 /dev/zero"))
        #expect(bytes == [UInt8](repeating: 0, count: 3_000_000))
        #expect(said == [])
    }

    @Test func thatAnErrorFollowsIsNone() throws {
        let failure = try #require(end(shell("echo half a dump; echo 'lost connection' >&2; exit 2")))
        #expect(failure.message == "'/bin/sh' ended with status 2. It said: lost connection")
    }

    @Test func thatASignalEndsIsNone() throws {
        let failure = try #require(end(shell("echo half a dump; kill -9 $$")))
        #expect(failure.message == "'/bin/sh' was ended by signal 9.")
    }

    @Test func ofNothingIsNone() throws {
        let failure = try #require(end(shell("true")))
        #expect(failure.message == "'/bin/sh' ended well and printed nothing.")
    }

    @Test func whatItSaysBesidesIsKept() throws {
        #expect(
            try read(shell("echo a; echo 'warning: old version' >&2")).said == ["'/bin/sh' said: warning: old version"])
    }

    @Test func manyComplaintsDoNotStopIt() throws {
        let (bytes, said) = try read(
            shell("head -c 1000000 /dev/zero | tr '\\0' 'x' >&2; echo '\nthe end' >&2; echo whole"))
        #expect(bytes == Array("whole\n".utf8))
        #expect(said.first?.hasSuffix("the end") == true)
    }

    @Test func whatHangsIsKilled() throws {
        let failure = try #require(end(shell("echo begun; sleep 600", patience: .milliseconds(300))))
        #expect(failure.message.contains("printed nothing for"))
    }

    @Test func whatDoesNotEndIsKilled() throws {
        let failure = try #require(end(shell("echo all; exec >&-; sleep 600", patience: .milliseconds(300))))
        #expect(failure.message.contains("closed its output and did not end"))
    }

    @Test func aProgramThatIsNotThereIsSaid() throws {
        let failure = try #require(end(CommandStream(["/nowhere/mysqldump"])))
        #expect(failure.kind == .toolMissing)
        #expect(failure.message == "'/nowhere/mysqldump' cannot be started: No such file or directory.")
    }

    /// What a program leaves running in the background may hold its standard error for good.
    @Test func nobodyWaitsForWhatItLeavesBehind() throws {
        #expect(try read(shell("(sleep 30 >/dev/null) & echo done")).bytes == Array("done\n".utf8))
    }

    @Test func abandonedItIsGone() throws {
        var reading = try shell("echo $$; sleep 600").open()
        var buffer = [UInt8](repeating: 0, count: 100)
        var count: Int?
        while count == nil { count = try buffer.withUnsafeMutableBytes { try reading.read(into: $0, waiting: 100) } }
        let text = String(decoding: buffer[..<(count ?? 0)], as: UTF8.self)
        let child = try #require(pid_t(text.dropLast()))
        reading.abandon()
        #expect(kill(child, 0) == -1 && errno == ESRCH)
    }

    @Test func someoneWhoKnowsItExplains() throws {
        var stream = shell("echo 'code 7' >&2; exit 3")
        stream.explain = { status, said in StreamFailure(.denied, "\(status): \(said)", advice: "") }
        #expect(end(stream) == StreamFailure(.denied, "ended with status 3: code 7\n", advice: ""))
    }
}
