import Glibc
import Primitives

/// What a program prints on its standard output. It ends well when the program does, with status 0 and something printed: half a dump is none.
package struct CommandStream: StreamSource {
    /// The program and its arguments; not empty. No shell reads them.
    package var words: [String]
    /// NAME=VALUE, before our own environment.
    package var settings: [String]
    /// How long it may print nothing, and how long it may take to end behind its last byte.
    package var patience: Duration
    /// Makes a failure of what the program said, where somebody knows the program; nil for the usual words.
    package var explain: @Sendable (_ status: String, _ said: String) -> StreamFailure?

    package init(
        _ words: [String], settings: [String] = [], patience: Duration = .seconds(1800),
        explain: @escaping @Sendable (_ status: String, _ said: String) -> StreamFailure? = { _, _ in nil }
    ) {
        (self.words, self.settings, self.patience, self.explain) = (words, settings, patience, explain)
    }

    package func open() throws(StreamFailure) -> any StreamReading { try CommandOutput(self) }
}

/// A program on its way.
private struct CommandOutput: StreamReading {
    /// F_SETPIPE_SZ, which Glibc's module leaves out.
    private static let setPipeSize: Int32 = 1031

    private let command: CommandStream
    private let child: pid_t
    private let output: Int32
    private let complaints: LastWords
    private let clock = ContinuousClock()
    private var heard: ContinuousClock.Instant
    private var count: UInt64 = 0
    private var isOver = false

    init(_ command: CommandStream) throws(StreamFailure) {
        self.command = command
        do {
            (child, output, complaints) = try Self.start(command)
        } catch {
            let reason = (error as? ProgramLaunch.Failed)?.reason ?? "\(error)"
            throw StreamFailure(
                .toolMissing, "'\(command.words[0])' cannot be started: \(reason).",
                advice: "Check that the program is there and may be run by this user; give its whole path.")
        }
        heard = clock.now
    }

    private static func start(_ command: CommandStream) throws -> (pid_t, Int32, LastWords) {
        let nothing = Glibc.open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let (output, printed) = try ProgramLaunch.pipe()
        defer { close(printed) }
        // What the program prints while we are busy. It may be refused, and is then smaller.
        _ = fcntl(output, Self.setPipeSize, 1 << 20)
        do {
            let (errors, said) = try ProgramLaunch.pipe()
            defer { close(said) }
            do {
                let child = try ProgramLaunch.start(
                    command.words, [nothing, printed, said], settings: command.settings)
                return (child, output, LastWords(errors))
            } catch {
                close(errors)
                throw error
            }
        } catch {
            close(output)
            throw error
        }
    }

    mutating func read(into room: UnsafeMutableRawBufferPointer, waiting milliseconds: Int) throws(StreamFailure)
        -> Int?
    {
        var place = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, Int32(clamping: milliseconds)) > 0 else {
            try checkPatience("printed nothing")
            return nil
        }
        let filled = Glibc.read(output, room.baseAddress, room.count)
        guard filled >= 0 else {
            if errno == EINTR || errno == EAGAIN { return nil }
            let reason = String(cString: strerror(errno))
            throw StreamFailure(
                .failed, "The output of '\(command.words[0])' cannot be read: \(reason).", advice: "Run it again.")
        }
        heard = clock.now
        count += UInt64(filled)
        return filled
    }

    private mutating func checkPatience(_ what: String) throws(StreamFailure) {
        guard clock.now - heard > command.patience else { return }
        abandon()
        throw StreamFailure(
            .failed, "'\(command.words[0])' \(what) for \(command.patience), and was killed.\(complaints.quoted)",
            advice: "Find out what it waits for, a lock perhaps, or give it more patience.")
    }

    mutating func finish() throws(StreamFailure) -> [String] {
        heard = clock.now
        var status: Int32 = 0
        while true {
            let found = waitpid(child, &status, WNOHANG)
            if found == child || (found < 0 && errno != EINTR) { break }
            usleep(5000)
            try checkPatience("closed its output and did not end")
        }
        end()
        let said = complaints.text
        guard let problem = Self.problem(status) else {
            guard count > 0 else {
                throw StreamFailure(
                    .failed, "'\(command.words[0])' ended well and printed nothing.\(complaints.quoted)",
                    advice: "Run it by hand: a dump of nothing is no backup.")
            }
            return said.isEmpty ? [] : ["'\(command.words[0])' said: \(complaints.lastLines)"]
        }
        throw command.explain(problem, said)
            ?? StreamFailure(
                .failed, "'\(command.words[0])' \(problem).\(complaints.quoted)",
                advice: "Run it by hand to see what is wrong; nothing of this output was kept as a backup.")
    }

    /// How it ended, behind "it "; nil for status 0.
    private static func problem(_ status: Int32) -> String? {
        if status & 0x7F != 0 { return "was ended by signal \(status & 0x7F)" }
        return status >> 8 & 0xFF == 0 ? nil : "ended with status \(status >> 8 & 0xFF)"
    }

    private mutating func end() {
        isOver = true
        close(output)
        complaints.end()
    }

    mutating func abandon() {
        guard !isOver else { return }
        kill(-child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        end()
    }
}
