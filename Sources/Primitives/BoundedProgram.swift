import CLinux
import Glibc

/// Another program, started without a shell, in a group of its own, and ended with all its group when it takes too long.
package struct BoundedProgram: Sendable {
    /// The program and its arguments; not empty.
    package var words: [String]
    package var timeout: Duration
    /// NAME=VALUE, before our own environment.
    package var settings: [String] = []
    /// What it reads.
    package var input: [UInt8] = []
    /// Whether it is killed where we are: it works on what whoever comes next does away with. Then the first of `words` is a path.
    package var endsWithUs = false

    /// Of what it printed, so much is kept: the end.
    package static let keptOutput = 4096
    /// What is asked to end has so long before it is killed.
    private static let grace = Duration.seconds(2)

    package init(_ words: [String], timeout: Duration) { (self.words, self.timeout) = (words, timeout) }

    package struct End: Sendable, Equatable {
        package enum Manner: Sendable, Equatable {
            case status(Int32), signal(Int32), timeout
        }
        package var manner: Manner
        /// The end of what it printed on either way.
        package var output: [UInt8]

        /// How it ended, behind "it ": nil where all went well.
        package var problem: String? {
            switch manner {
            case .status(0): nil
            case .status(let status): "ended with status \(status)"
            case .signal(let signal): "was ended by signal \(signal)"
            case .timeout: "took too long and was killed"
            }
        }

        /// The last lines of it.
        package var lastWords: String {
            String(decoding: output, as: UTF8.self).split(whereSeparator: \.isNewline).suffix(3).joined(
                separator: " / ")
        }
    }

    /// Waits for its end. When somebody wants it to end before, it is killed as if it had taken too long. Throws `ProgramLaunch.Failed` where it
    /// cannot be started.
    package func run(isCancelled: () -> Bool = { false }) throws -> End {
        let reading = try inputFile()
        defer { close(reading) }
        let (output, printed) = try ProgramLaunch.pipe()
        defer { close(output) }
        let child: pid_t
        do {
            defer { close(printed) }
            let descriptors = [reading, printed, printed]
            child =
                try endsWithUs
                ? ProgramLaunch.startBound(words, descriptors, settings: settings, endedBy: SIGKILL)
                : ProgramLaunch.start(words, descriptors, settings: settings)
        }
        return follow(child, output, isCancelled)
    }

    /// A file without a place: however long it is, nobody waits for the program to read it, and it may read it twice.
    private func inputFile() throws -> Int32 {
        let file = sh_memory_file("input")
        guard file >= 0 else { throw ProgramLaunch.Failed(reason: String(cString: strerror(-file))) }
        let written = input.withUnsafeBytes { sh_pwrite_all(file, $0.baseAddress, $0.count, 0) }
        guard written == 0 else {
            close(file)
            throw ProgramLaunch.Failed(reason: String(cString: strerror(Int32(-written))))
        }
        return file
    }

    /// Its group may outlive it with our pipe in hand: what counts is the end of the program itself.
    private func follow(_ child: pid_t, _ descriptor: Int32, _ isCancelled: () -> Bool) -> End {
        let clock = ContinuousClock()
        let deadline = clock.now + timeout
        var output: [UInt8] = []
        while true {
            read(descriptor, into: &output, waiting: 20)
            if let manner = ended(child) {
                while read(descriptor, into: &output, waiting: 0) {}
                return End(manner: manner, output: output)
            }
            if clock.now >= deadline || isCancelled() {
                stop(child)
                while read(descriptor, into: &output, waiting: 0) {}
                return End(manner: .timeout, output: output)
            }
        }
    }

    private func ended(_ child: pid_t) -> End.Manner? {
        var status: Int32 = 0
        let found = waitpid(child, &status, WNOHANG)
        guard found == child || (found < 0 && errno != EINTR) else { return nil }
        return status & 0x7F == 0 ? .status(status >> 8 & 0xFF) : .signal(status & 0x7F)
    }

    /// True where something came.
    @discardableResult
    private func read(_ descriptor: Int32, into output: inout [UInt8], waiting milliseconds: Int32) -> Bool {
        var place = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&place, 1, milliseconds) > 0 else { return false }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = place.revents & Int16(POLLIN) == 0 ? 0 : Glibc.read(descriptor, &buffer, buffer.count)
        guard count > 0 else {
            // Nobody writes any more, and the program goes on.
            usleep(useconds_t(max(0, milliseconds)) * 1000)
            return false
        }
        output = Array((output + buffer.prefix(count)).suffix(Self.keptOutput))
        return true
    }

    private func stop(_ child: pid_t) {
        let clock = ContinuousClock()
        let deadline = clock.now + Self.grace
        kill(-child, SIGTERM)
        var isGone = false
        while !isGone, clock.now < deadline {
            isGone = ended(child) != nil
            if !isGone { usleep(20_000) }
        }
        kill(-child, SIGKILL)
        var status: Int32 = 0
        if !isGone { while waitpid(child, &status, 0) < 0, errno == EINTR {} }
    }
}
