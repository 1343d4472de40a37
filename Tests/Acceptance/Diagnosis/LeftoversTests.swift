import Glibc
import Primitives
import Testing

/// Unfinished objects of backups that were cut off.
@Suite struct LeftoversTests {
    private func unfinished(_ place: Place) throws -> Int { try FileStatus.count(in: place.repository + "/tmp") }

    /// Those something was written into: they are locked. One without content may have been stopped before its lock, and is nobody's then.
    private func begun(_ place: Place) throws -> [String] {
        try FileStatus.files(below: place.repository + "/tmp").filter {
            try FileStatus.size(place.repository + "/tmp/" + $0) > 0
        }
    }

    /// A thread that waits for the disk stops when it has it, and may have ended an object by then.
    private func settled(_ place: Place) throws -> [String] {
        var (found, times) = (try begun(place), 0)
        while times < 20 {
            usleep(50_000)
            let now = try begun(place)
            (times, found) = (now == found ? times + 1 : 0, now)
        }
        return found
    }

    /// A backup of some size that is stopped in the middle of an object.
    private func stopped(_ place: Place) throws -> ChildProcess {
        // One that was over before anybody could look is tried again, with something new to save.
        for _ in 1...5 {
            try ChildProcess.shell("head -c 60000000 /dev/urandom > noise", directory: place.source)
            let backup = try ChildProcess(
                [program, "backup", "--json", place.source].map(\.bytes), environment: place.writing)
            while !backup.ends(within: 1) {
                guard try unfinished(place) > 0 else { continue }
                backup.signal(SIGSTOP)
                if !backup.ends(within: 50), try !settled(place).isEmpty { return backup }
                backup.signal(SIGCONT)
            }
            try backup.wait().mustBe(0)
        }
        throw Failure(.internalError, "No backup could be stopped in time.", advice: "Use a larger file.")
    }

    @Test("What a killed backup left is told, and --clean takes it away and nothing else") func killed() throws {
        let place = try Place()
        let backup = try stopped(place)
        backup.signal(SIGKILL)
        _ = backup.wait()
        let count = try unfinished(place)
        try #require(count > 0)
        let told = try DoctorTests.findings(place).filter { $0.text("message").contains("unfinished") }
        #expect(told.map { $0.text("severity") } == ["note"])
        #expect(told.first?.text("message").hasPrefix("\(count) ") == true)
        #expect(told.first?.text("advice").contains("doctor --clean") == true)
        let objects = try FileStatus.files(below: place.repository).filter { !$0.hasPrefix("tmp/") }
        try DoctorTests.doctor(place, "--clean").mustBe(0)
        #expect(try unfinished(place) == 0)
        #expect(try FileStatus.files(below: place.repository) == objects)
        #expect(try DoctorTests.findings(place).allSatisfy { !$0.text("message").contains("unfinished") })
        try place.backup()
        try Comparison.expectSame(place.source, try place.restored())
    }

    @Test("--clean leaves a running backup what it is writing") func running() throws {
        let place = try Place()
        let backup = try stopped(place)
        let written = try begun(place)
        try #require(!written.isEmpty)
        try DoctorTests.doctor(place, "--clean").mustBe(0)
        #expect(try begun(place) == written)
        backup.signal(SIGCONT)
        try backup.wait().mustBe(0)
        try Comparison.expectSame(place.source, try place.restored())
        try place.verify("--read-data").mustBe(0)
    }
}
