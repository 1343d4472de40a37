import Glibc
import Primitives
import Storage

/// A command of the strategy's: started without a shell, in a group of its own, and ended when it takes too long.
struct HookCommand {
    /// The program and its arguments; not empty.
    let words: [String]
    let timeout: Duration
    /// NAME=VALUE, before our own environment.
    var settings: [String] = []

    /// Of what it printed, so much is kept: the end.
    private static let keptOutput = 4096

    /// Waits for its end. Throws `hook-failed` with the end of what it printed when it cannot be started, ends with another status than 0,
    /// or takes longer than `timeout`: then everything in its group is killed.
    func run(as name: String) throws {
        let (ours, theirs) = try starting(name) { try ProgramLaunch.channel() }
        defer { close(ours) }
        let nothing = open("/dev/null", O_RDONLY | O_CLOEXEC)
        defer { close(nothing) }
        let child: pid_t
        do {
            defer { close(theirs) }
            child = try starting(name) {
                try ProgramLaunch.start(words, [nothing, theirs, theirs], settings: settings)
            }
        }
        try judge(name, follow(child, ours))
    }

    private func starting<R>(_ name: String, _ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let failed as ProgramLaunch.Failed {
            throw Failure(
                .hookFailed, "The \(name) command '\(words[0])' cannot be started: \(failed.reason).",
                advice: "Check that the program is there and may be run by this user; give its whole path.")
        }
    }

    private struct End {
        var status: Int32?
        var output: [UInt8] = []
    }

    /// Its group may outlive it with the descriptor in hand: what counts is the end of the command itself.
    private func follow(_ child: pid_t, _ descriptor: Int32) -> End {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var end = End()
        while true {
            read(descriptor, into: &end.output, waiting: 20)
            var status: Int32 = 0
            let ended = waitpid(child, &status, WNOHANG)
            if ended == child || (ended < 0 && errno != EINTR) {
                end.status = status
                read(descriptor, into: &end.output, waiting: 0)
                return end
            }
            if clock.now >= deadline {
                stop(child)
                return end
            }
        }
    }

    private func read(_ descriptor: Int32, into output: inout [UInt8], waiting milliseconds: Int32) {
        var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, milliseconds) > 0 else { return }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        guard count > 0 else {
            if count == 0 { usleep(useconds_t(max(0, milliseconds)) * 1000) }
            return
        }
        output = Array((output + buffer.prefix(count)).suffix(Self.keptOutput))
    }

    private func stop(_ child: pid_t) {
        kill(-child, SIGTERM)
        var status: Int32 = 0
        for _ in 0..<100 {
            if waitpid(child, &status, WNOHANG) != 0 { break }
            usleep(20_000)
        }
        kill(-child, SIGKILL)
        waitpid(child, &status, 0)
    }

    private func judge(_ name: String, _ end: End) throws {
        let text = String(decoding: end.output, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(3)
        let said = text.isEmpty ? "" : " It said: \(text.joined(separator: " / "))"
        guard let status = end.status else {
            throw Failure(
                .hookFailed, "The \(name) command '\(words[0])' did not end within \(timeout) and was killed.\(said)",
                advice: "Find out what it waits for, or give it more time in the strategy's hooks.")
        }
        guard status != 0 else { return }
        let how = status & 0x7F == 0 ? "with status \(status >> 8 & 0xFF)" : "by signal \(status & 0x7F)"
        throw Failure(
            .hookFailed, "The \(name) command '\(words[0])' ended \(how).\(said)",
            advice: "Run it by hand as the same user, and mend what it complains about.")
    }
}
