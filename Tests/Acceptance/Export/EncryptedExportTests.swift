import Foundation
import Testing

/// Archives for somebody else's key, opened again by the stock tools.
@Suite struct EncryptedExportTests {
    private static let stamp = "20261125T000000Z"
    private static let plain = "safehold_backup_\(stamp).tar.gz"

    private static func set() throws -> ExportedSet {
        let set = try ExportedSet()
        try set.backup("docs", sampleSystem + "/docs", stamp: stamp)
        return set
    }

    @Test("age: to a recipient and to a file of them", .enabled(if: ChildProcess.has("age"), "age is not there"))
    func age() throws {
        let set = try Self.set()
        let keys = try set.place.scratch.folder("keys")
        try ChildProcess.shell("age-keygen -o key 2> /dev/null; age-keygen -y key > key.pub", directory: keys)
        let recipient = try ChildProcess.shell("cat key.pub", directory: keys).split(separator: "\n").joined()
        for words in [["--age-recipient", recipient], ["--age-recipients-file", keys + "/key.pub"]] {
            let (folder, _) = try set.export(words[0], words[1])
            #expect(try ExportedSet.files(folder) == [Self.plain + ".age"])
            let listed = try ChildProcess.shell(
                "age -d -i \"$1\" \"$2\" | tar -tzf -", keys + "/key", folder + "/" + Self.plain + ".age")
            #expect(listed.contains("\(Self.stamp)/SHA256SUMS"))
        }
        let (folder, ended) = try set.export("--age-recipient", "age1nonsense", expecting: 1)
        let error = try ended.error()
        #expect(error.text("code") == "tool-failed" && error.text("message").contains("age1nonsense"))
        #expect(try ExportedSet.files(folder) == [])
    }

    @Test("gpg: to a fingerprint", .enabled(if: ChildProcess.has("gpg"), "gpg is not there")) func openPGP() throws {
        let set = try Self.set()
        let home = try set.place.scratch.folder("gnupg")
        defer { _ = try? ChildProcess.run(["gpgconf", "--kill", "gpg-agent"], environment: ["GNUPGHOME": home]) }
        try ChildProcess.shell(
            """
            export GNUPGHOME="$1"; chmod 700 "$1"
            gpg --batch --quiet --passphrase '' --quick-generate-key 'Archive <archive@example.org>' default default never 2> /dev/null
            gpg --batch --with-colons --list-keys | awk -F: '/^fpr/ { print $10; exit }' > "$1"/fingerprint
            """, home)
        let fingerprint = try ChildProcess.shell("cat fingerprint", directory: home).split(separator: "\n").joined()
        let folder = try set.place.scratch.folder("out")
        let environment = set.place.reading.merging(["GNUPGHOME": home]) { $1 }
        try ChildProcess.run(
            [program, "export", "--openpgp-recipient", fingerprint, "--output", folder], environment: environment
        ).mustBe(0)
        let listed = try ChildProcess.shell(
            "GNUPGHOME=\"$1\" gpg --batch --quiet -d \"$2\" 2> /dev/null | tar -tzf -", home,
            folder + "/" + Self.plain + ".gpg")
        #expect(listed.contains("\(Self.stamp)/docs/"))
        let unknown = try ChildProcess.run(
            [program, "export", "--json", "--openpgp-recipient", "nobody@example.org", "--output", folder + "/other"],
            environment: environment)
        #expect(try unknown.mustBe(1).error().text("code") == "tool-failed")
        #expect(try ExportedSet.files(folder) == [Self.plain + ".gpg"])
    }

    @Test("A tool that is not there is named, with its package") func missing() throws {
        let set = try Self.set()
        let folder = try set.place.scratch.folder("out")
        let empty = try set.place.scratch.folder("empty")
        let ended = try ChildProcess.run(
            [program, "export", "--json", "--openpgp-recipient", "x", "--output", folder],
            environment: set.place.reading.merging(["PATH": empty]) { $1 })
        let error = try ended.mustBe(10).error()
        #expect(error.text("code") == "tool-missing" && "\(error.fields)".contains("gnupg"))
        #expect(try ExportedSet.files(folder) == [])
    }
}
