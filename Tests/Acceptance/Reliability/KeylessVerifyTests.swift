import Testing

/// `verify --without-key --read-data`: whoever keeps the store finds what rots in it, and holds no key.
@Suite struct KeylessVerifyTests {
    private func place() throws -> Place {
        let place = try Place()
        try ChildProcess.shell(
            "mkdir d; echo one > d/one; head -c 300000 /dev/urandom > noise", directory: place.source)
        try place.backup()
        try ChildProcess.shell("echo two > d/two", directory: place.source)
        try place.backup()
        return place
    }

    /// Without a key, a host's state, or a terminal.
    private func verify(_ place: Place, _ words: String...) throws -> Ended {
        try place.visit(["verify", "--without-key"] + words)
    }

    /// Files of the repository in these folders, by name.
    private func objects(_ place: Place, _ folders: [String]) throws -> [String] {
        try FileStatus.files(below: place.repository).filter { name in folders.contains { name.hasPrefix($0 + "/") } }
    }

    private func flip(_ place: Place, _ object: String, _ where: String) throws {
        try ChildProcess.shell(
            """
            cp -p "$1" "$1.kept"; chmod u+w "$1"; size=$(stat -c %s "$1"); case $2 in first) at=0 ;; middle) at=$((size / 2)) ;; *) at=$((size - 1)) ;; esac
            byte=$(od -An -tu1 -j$at -N1 "$1"); printf "\\\\$(printf %03o $((byte ^ 4)))" | dd of="$1" bs=1 seek=$at conv=notrunc status=none
            mv "$1.kept" ../kept
            """, object, `where`, directory: place.repository)
    }

    private func mend(_ place: Place, _ object: String) throws {
        try ChildProcess.shell("mv -f ../kept \"$1\"", object, directory: place.repository)
    }

    @Test("An intact repository is found intact, with every byte read and nothing decrypted") func intact() throws {
        let place = try place()
        let summary = try verify(place, "--read-data", "--json").mustBe(0).summary()
        #expect(
            summary["findings"] == 0 && summary["chunks"] == 0 && summary["entries"] == 0 && summary["snapshots"] == 2)
        #expect(summary.fields["used_keys"] as? Bool == false && summary.fields["read_data"] as? Bool == true)
        let sizes = try ChildProcess.shell(
            "find packs meta index -type f -printf '%s\\n' | awk '{ n += $1 } END { print n }'",
            directory: place.repository)
        #expect(summary["bytes_read"] >= Int(sizes.filter { !$0.isWhitespace }) ?? .max)
        let text = try verify(place, "--read-data").mustBe(0).text
        #expect(text.contains("All is intact.") && text.contains("Without a key"))
        // A key that lies at hand is not even looked at.
        try ChildProcess.run(
            [program, "verify", "--without-key", "--read-data"],
            environment: place.visiting.merging(["SAFEHOLD_PASSPHRASE_FILE": "/nowhere"]) { $1 }
        ).mustBe(0)
    }

    @Test(
        "A flipped bit in any object is found, and the object named",
        arguments: ["packs", "meta", "index", "snapshots", "commits", "sessions", "spec"])
    func flipped(folder: String) throws {
        let place = try place()
        let objects = try objects(place, [folder])
        try #require(!objects.isEmpty)
        for object in objects {
            for position in ["first", "middle", "last"] {
                try flip(place, object, position)
                let ended = try verify(place, "--read-data", "--json").mustBe(11)
                let findings = try ended.lines().filter { $0.type == "finding" && $0.text("severity") == "damage" }
                #expect(!findings.isEmpty && findings.allSatisfy { $0.text("code") == "object-damaged" })
                #expect(
                    findings.contains { $0.text("object") == object || $0.text("message").contains(object) },
                    "\(object), \(position): \(ended.text)")
                #expect(try ended.summary()["findings"] > 0)
                try mend(place, object)
            }
        }
        let text = try verify(place, "--read-data").mustBe(0).text
        #expect(text.contains("All is intact."))
    }

    @Test("Flipped bits of keys and of FORMAT are found as well") func keys() throws {
        let place = try place()
        for object in try objects(place, ["keys"]) + ["FORMAT"] {
            try flip(place, object, "middle")
            let ended = try verify(place, "--read-data", "--json")
            #expect(
                ended.status == 11 || (object == "FORMAT" && [10, 14].contains(ended.status)),
                "\(object): \(ended.said)")
            if ended.status == 11 { #expect(ended.text.contains(object), ended.said) }
            try mend(place, object)
        }
    }

    @Test("As text the object is named too, and without --read-data a flipped byte of a pack is not looked for")
    func text() throws {
        let place = try place()
        let pack = try #require(try objects(place, ["packs"]).first)
        try flip(place, pack, "middle")
        let text = try verify(place, "--read-data").mustBe(11).text
        #expect(
            text.contains("DAMAGE: \(pack) has other bytes than its name says") && text.contains("not all is intact"))
        #expect(try verify(place).mustBe(0).text.contains("Not every stored byte was read"))
    }

    @Test(
        "An object that is missing or cut short is found without reading",
        arguments: ["packs", "meta", "index", "snapshots"])
    func missing(folder: String) throws {
        let place = try place()
        let object = try #require(try objects(place, [folder]).first)
        for script in ["rm \"$1\"", "chmod u+w \"$1\"; truncate -s -1 \"$1\""] {
            try ChildProcess.shell("cp -p \"$1\" ../kept; \(script)", object, directory: place.repository)
            let ended = try verify(place, "--json").mustBe(11)
            #expect(ended.text.contains(object), ended.said)
            try mend(place, object)
        }
    }
}
