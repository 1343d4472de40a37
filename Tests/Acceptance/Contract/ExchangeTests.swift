import Testing

/// Backups run as root over directories that others may write in, and who may write may also exchange.
@Suite(.enabled(if: Faults.isAvailable, Faults.reason)) struct ExchangeTests {
    private func fill(_ place: Place) throws {
        try ChildProcess.shell(
            """
            mkdir secret
            for text in harmless secret; do
                [ $text = secret ] && dir=secret || dir=source/notes
                mkdir -p $dir/folder
                echo $text > $dir/file; ln -s $text $dir/link; echo $text > $dir/folder/inside
                setfattr -n user.what -v $text $dir/folder
            done
            echo untouched > source/other
            """, directory: place.scratch.path)
    }

    @Test(
        "A directory exchanged for a link to a secret place gives away no content, name, target or attribute",
        arguments: ["0", "1"])
    func exchanged(oldKernel: String) throws {
        let place = try Place()
        try fill(place)
        let faults = [
            "FAULT_EXCHANGES": place.source + "/notes", "FAULT_INSTEAD": place.scratch.path + "/secret",
            "FAULT_OLD_KERNEL": oldKernel,
        ]
        let ended = try ChildProcess.run(
            [program, "backup", "--json", place.source],
            environment: place.writing.merging(try Faults.environment(faults)) { $1 })
        #expect(try ChildProcess.shell("readlink notes", directory: place.source).hasSuffix("/secret\n"))
        // Step by step, directories that were open before the exchange are read to their end: that is no harm.
        if oldKernel == "0" { try ended.mustBe(3) }
        for problem in try ended.problems() {
            #expect(problem.text("path").hasPrefix(place.source + "/notes/"), ended.said)
        }
        let copy = try place.restored()
        let found = try ChildProcess.shell(
            "grep -rl secret . || true; find . -lname '*secret*'; getfattr -Rhd . | grep secret || true",
            directory: copy)
        #expect(found == "")
        #expect(try ChildProcess.shell("cat other", directory: copy) == "untouched\n")
    }

    @Test("Kernels without openat2 back up the same") func oldKernel() throws {
        let place = try Place()
        try fill(place)
        try ChildProcess.run(
            [program, "backup", "--json", place.source],
            environment: place.writing.merging(try Faults.environment(["FAULT_OLD_KERNEL": "1"])) { $1 }
        ).mustBe(0)
        try Comparison.expectSame(place.source, try place.restored())
    }
}
