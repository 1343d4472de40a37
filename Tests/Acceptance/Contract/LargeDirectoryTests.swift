import TestSupport
import Testing

/// One directory with very many files.
@Suite struct LargeDirectoryTests {
    /// The same for any number of files. A million names, held while their directory is walked, are some 60 MiB of it; the rest is
    /// what a debug build needs.
    private static let bound = 160 << 10

    private func measured(_ place: Place, _ words: [String], _ environment: [String: String]) throws -> Summary {
        let (ended, peak) = try MemoryUse.watching(words + ["--json"], environment)
        #expect(peak < Self.bound, "\(peak) KiB for \(words[0])")
        return try ended.mustBe(0).summary()
    }

    @Test(
        "A directory of 20,000 files (10^6 in full) is backed up, left alone when unchanged, and comes back, in bounded memory"
    )
    func manyFiles() throws {
        let place = try Place()
        let count = Soak.count(20_000, full: 1_000_000)
        try ChildProcess.shell(
            "mkdir many; cd many; seq \"$1\" | split -l 1 -a 7 -d - file-", "\(count)", directory: place.source)
        let backup = ["backup", place.source]
        #expect(try measured(place, backup, place.writing)["files"] == count)
        // What was written in the last moment before a backup is read once more by the next one.
        _ = try measured(place, backup, place.writing)
        let unchanged = try measured(place, backup, place.writing)
        #expect(unchanged["files_unread"] == count && unchanged["bytes_read"] == 0)
        let copy = place.scratch.path + "/copy"
        let restored = try measured(
            place, ["restore", "latest", "--target", copy, "--strip"], place.reading)
        #expect(restored["files"] == count && restored["problems"] == 0)
        try Comparison.expectSame(place.source, copy)
    }
}
