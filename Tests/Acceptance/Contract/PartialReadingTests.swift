import Testing

/// How much of a repository is read for a part of what is in it.
@Suite(.enabled(if: ChildProcess.has("strace"), "strace is not there")) struct PartialReadingTests {
    /// Bytes that were read from files below a folder, as the kernel says. Each thread has a log of its own, so that no line is torn.
    private func bytesRead(_ log: String, below folder: String) throws -> Int {
        let lines = try ChildProcess.shell(
            "cat \"$1\".* | grep -aF \"<$2/\" || true", log, folder
        ).split(separator: "\n")
        return try lines.reduce(0) { sum, line in
            try #require(!line.hasPrefix("mmap("), "mapped: \(line)")
            let result = try #require(line.split(separator: "=").last, "\(line)")
            return sum + (try #require(Int(result.trimmingPrefix(" ")), "\(line)"))
        }
    }

    @Test(
        "One file of many is restored without reading the rest",
        arguments: [("large-07", 3_100_000), ("small-3", 1_100_000)])
    func oneFile(name: String, most: Int) throws {
        let place = try Place()
        try ChildProcess.shell(
            """
            for i in $(seq -w 20); do head -c 3000000 /dev/urandom > large-$i; done
            for i in $(seq 50); do head -c 40000 /dev/urandom > small-$i; done
            """, directory: place.source)
        try place.backup()
        let stored = try ChildProcess.shell(
            "find packs -type f -printf '%s\\n' | awk '{ s += $1 } END { print s }'", directory: place.repository)
        try #require((Int(stored.dropLast()) ?? 0) > 60_000_000, "the repository holds \(stored)")
        let (log, copy) = (place.scratch.path + "/calls", place.scratch.path + "/copy")
        try ChildProcess.run(
            [
                "strace", "-ff", "-y", "-qq", "-s", "0", "-e", "signal=none", "-z", "-e",
                "trace=read,pread64,readv,preadv,preadv2,copy_file_range,sendfile,mmap", "-o", log, program, "restore",
                "latest", "--target", copy, "--strip", "--json", place.source + "/" + name,
            ],
            environment: place.reading
        ).mustBe(0)
        #expect(try FileStatus.files(below: copy) == [name])
        try ChildProcess.shell("cmp \"$1\" \"$2\"", place.source + "/" + name, copy + "/" + name)
        // The file's own chunks, or the bundle that it lies in, of 62 MB.
        let read = try bytesRead(log, below: place.repository + "/packs")
        #expect(read > 40_000 && read < most, "\(read) bytes of packs were read")
    }
}
