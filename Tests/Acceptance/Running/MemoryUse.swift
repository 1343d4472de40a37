import Foundation
import Testing

/// How much memory of its own a run of the program needs: what is mapped from files belongs to the page cache and can be taken away.
enum MemoryUse {
    /// Looks often enough that what is held for longer than a moment is seen.
    private static let watcher = """
        import subprocess, sys, time
        child, most = subprocess.Popen(sys.argv[2:]), 0
        while child.poll() is None:
            try:
                with open("/proc/%d/status" % child.pid) as status:
                    most = max([most] + [int(line.split()[1]) for line in status if line.startswith("RssAnon:")])
            except OSError:
                pass
            time.sleep(0.005)
        with open(sys.argv[1], "w") as result:
            result.write(str(most))
        sys.exit(child.returncode)
        """

    /// Runs the program; the peak is in KiB.
    static func watching(_ words: [String], _ environment: [String: String]) throws -> (ended: Ended, peak: Int) {
        let scratch = try Scratch()
        let file = scratch.path + "/peak"
        let ended = try ChildProcess.run(["python3", "-c", watcher, file, program] + words, environment: environment)
        let peak = try #require(Int(try String(contentsOfFile: file, encoding: .utf8)), ended.said)
        try #require(peak > 0, "nothing was seen of \(words)")
        return (ended, peak)
    }
}
