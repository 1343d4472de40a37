import Capture
import Glibc
import Primitives

/// A program that gets something on its standard input, piece by piece.
struct ProgramFeed: ~Copyable {
    private let words: [String]
    private let child: pid_t
    private let input: Int32
    private let said: LastWords
    /// It stopped reading before it had everything.
    private(set) var isDeaf = false
    private var isOver = false

    /// Throws `tool-missing` where it cannot be started. `settings` are NAME=VALUE.
    init(_ words: [String], settings: [String]) throws {
        self.words = words
        do {
            // A socket: to write into a pipe that nobody reads any more would be a signal.
            let (ours, theirs) = try ProgramLaunch.channel()
            defer { close(theirs) }
            let (printed, printing) = try ProgramLaunch.pipe()
            defer { close(printing) }
            do {
                child = try ProgramLaunch.start(words, [theirs, printing, printing], settings: settings)
            } catch {
                close(ours)
                close(printed)
                throw error
            }
            input = ours
            said = LastWords(printed)
        } catch let failed as ProgramLaunch.Failed {
            throw Failure(
                .toolMissing, "'\(words[0])' cannot be started: \(failed.reason).",
                advice: "Check that the program is there and may be run by this user; give its whole path.")
        }
    }

    /// Waits until it took all of `bytes`, or will take no more.
    mutating func write(_ bytes: UnsafeRawBufferPointer, isCancelled: () -> Bool) throws {
        var left = bytes
        while !left.isEmpty, !isDeaf {
            var place = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
            if isCancelled() { throw Failure.interrupted }
            guard poll(&place, 1, 200) > 0 else { continue }
            let count = send(input, left.baseAddress, left.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            if count >= 0 {
                left = UnsafeRawBufferPointer(rebasing: left[count...])
            } else if errno != EINTR, errno != EAGAIN {
                isDeaf = true
            }
        }
    }

    /// Ends its input and waits for its end. Nil where it ended with 0; else how, and what it said.
    mutating func finish() -> String? {
        shutdown(input, Int32(SHUT_WR))
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        end()
        if status & 0x7F != 0 { return "was ended by signal \(status & 0x7F).\(said.quoted)" }
        let code = status >> 8 & 0xFF
        return code == 0 ? nil : "ended with status \(code).\(said.quoted)"
    }

    private mutating func end() {
        isOver = true
        close(input)
        said.end()
    }

    /// What it was given is not whole: it must not come to a good end.
    mutating func abandon() {
        guard !isOver else { return }
        kill(-child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        end()
    }
}
