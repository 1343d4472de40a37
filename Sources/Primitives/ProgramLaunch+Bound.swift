import CLinux
import Glibc

extension ProgramLaunch {
    /// Starts a program that must not outlive us, even where we are killed: it gets `signal` when the thread that calls this is gone. So that
    /// thread waits for its end. The first of `words` is a path; otherwise the same as `start`.
    package static func startBound(
        _ words: [String], _ descriptors: [Int32], settings: [String] = [], endedBy signal: Int32
    ) throws -> pid_t {
        let arguments = words.map { strdup($0) }
        let ours = settings.map { strdup($0) }
        defer { for copy in arguments + ours { free(copy) } }
        var inherited: [UnsafeMutablePointer<CChar>?] = []
        while let entry = environ[inherited.count] { inherited.append(entry) }
        let child = sh_start_bound(
            words[0], arguments + [nil], ours + inherited + [nil], descriptors, Int32(descriptors.count), signal)
        guard child > 0 else { throw Failed(reason: String(cString: strerror(-child))) }
        return child
    }
}
