import Testing

/// Whatever is wrong is said in a sentence, with what to do about it, and with the exit status of its class; nothing is changed.
@Suite struct BadInputTests {
    struct Mistake: Sendable, CustomTestStringConvertible {
        var name: String
        /// REPO, SOURCE, HERE (the folder of all of it) stand for paths.
        var words: [String]
        var status: Int32
        var code: String
        /// Something that the message must contain.
        var says = ""
        /// A script that runs before, in HERE.
        var before = ":"
        var setting: [String: String] = [:]
        var testDescription: String { name }
    }

    private static let mistakes: [Mistake] = [
        Mistake(
            name: "a wrong passphrase", words: ["ls", "latest", "--passphrase-file", "HERE/wrong"], status: 12,
            code: "passphrase-wrong",
            before: "echo not the right one > wrong"),
        Mistake(
            name: "an empty passphrase file", words: ["ls", "latest", "--passphrase-file", "HERE/none"], status: 12,
            code: "passphrase-missing",
            says: "none", before: ": > none"),
        Mistake(
            name: "a passphrase file that is not there", words: ["ls", "latest", "--passphrase-file", "HERE/none"],
            status: 12,
            code: "passphrase-missing", says: "none"),
        Mistake(
            name: "somebody else's key", words: ["ls", "latest", "--recipient-file", "HERE/foreign"], status: 12,
            code: "key-denied",
            before: "PROGRAM keys generate --output foreign"),
        Mistake(
            name: "a key file that is cut off", words: ["ls", "latest", "--recipient-file", "HERE/cut"], status: 12,
            code: "key-unreadable",
            says: "cut", before: "head -c 190 key > cut"),
        Mistake(
            name: "two kinds of key",
            words: ["ls", "latest", "--recipient-file", "HERE/key", "--passphrase-file", "HERE/passphrase"], status: 2,
            code: "usage"),
        Mistake(
            name: "a repository of a newer format", words: ["backup", "SOURCE"], status: 14, code: "repository-newer",
            says: "2",
            before: "chmod u+w repository/FORMAT; sed -i 's/^format: 1$/format: 2/' repository/FORMAT"),
        Mistake(
            name: "not a repository", words: ["backup", "SOURCE", "--repository", "SOURCE"], status: 10,
            code: "repository-missing", says: "SOURCE"),
        Mistake(
            name: "a repository that is a file", words: ["backup", "SOURCE", "--repository", "SOURCE/file"], status: 10,
            code: "repository-missing"),
        Mistake(
            name: "no repository at all", words: ["backup", "SOURCE"], status: 2, code: "usage", says: "repository",
            setting: ["SAFEHOLD_REPOSITORY": ""]),
        Mistake(
            name: "a source that is not there", words: ["backup", "SOURCE", "SOURCE/missing"], status: 10,
            code: "source-missing", says: "SOURCE/missing"),
        Mistake(
            name: "a source inside the repository", words: ["backup", "REPO/packs"], status: 2,
            code: "source-inside-repository", says: "REPO/packs"),
        Mistake(
            name: "the repository as a source by a link", words: ["backup", "HERE/link"], status: 2,
            code: "source-inside-repository",
            before: "ln -s repository/packs link"),
        Mistake(
            name: "a target inside the source", words: ["restore", "latest", "--target", "SOURCE/back"], status: 2,
            code: "target-inside-source",
            says: "SOURCE/back"),
        Mistake(
            name: "a target inside the repository", words: ["restore", "latest", "--target", "REPO/back"], status: 2,
            code: "target-inside-source",
            says: "REPO/back"),
        Mistake(
            name: "a target that is a file", words: ["restore", "latest", "--target", "HERE/passphrase"], status: 1,
            code: "target-unusable"),
        Mistake(
            name: "an unknown snapshot", words: ["restore", "0123456789ab", "--target", "HERE/back"], status: 10,
            code: "snapshot-missing"),
        Mistake(
            name: "what names no snapshot", words: ["restore", "yesterday", "--target", "HERE/back"], status: 2,
            code: "usage", says: "yesterday"),
        Mistake(
            name: "an unknown component", words: ["restore", "latest:nothing", "--target", "HERE/back"], status: 10,
            code: "snapshot-missing"),
        Mistake(
            name: "a path that the snapshot has not",
            words: ["restore", "latest", "--target", "HERE/back", "/no/such/path"], status: 10,
            code: "path-missing", says: "/no/such/path"),
        Mistake(
            name: "a path to list that the snapshot has not", words: ["ls", "latest", "/no/such/path"], status: 10,
            code: "path-missing"),
        Mistake(
            name: "a host that is no writer", words: ["backup", "SOURCE"], status: 10, code: "identity-missing",
            setting: ["SAFEHOLD_HOME": "HERE/nobody"]),
        Mistake(
            name: "an identity that is torn", words: ["backup", "SOURCE"], status: 12, code: "identity-foreign",
            before: "for f in home/*/identity; do head -c 100 $f > torn; cp torn $f; rm torn; done"),
        Mistake(
            name: "a repository where one is", words: ["init", "--passphrase-file", "HERE/passphrase"], status: 1,
            code: "repository-exists"),
        Mistake(
            name: "a repository where files are",
            words: ["init", "--repository", "SOURCE", "--passphrase-file", "HERE/passphrase"], status: 1,
            code: "target-unusable", says: "SOURCE"),
        Mistake(
            name: "a weak passphrase", words: ["init", "--repository", "HERE/fresh", "--passphrase-file", "HERE/weak"],
            status: 2, code: "passphrase-weak",
            before: "echo short > weak"),
        Mistake(name: "no paths", words: ["backup"], status: 2, code: "usage"),
        Mistake(name: "an empty path", words: ["backup", ""], status: 2, code: "usage"),
        Mistake(
            name: "a huge path", words: ["backup", "/" + String(repeating: "x/", count: 30_000)], status: 10,
            code: "source-missing"),
        Mistake(
            name: "a name that is too long", words: ["backup", "/" + String(repeating: "x", count: 300)], status: 10,
            code: "source-missing"),
        Mistake(
            name: "an unknown option", words: ["backup", "SOURCE", "--nonsense"], status: 2, code: "usage",
            says: "nonsense"),
        Mistake(name: "an unknown command", words: ["bakcup", "SOURCE"], status: 2, code: "usage", says: "bakcup"),
        Mistake(
            name: "an odd value", words: ["backup", "SOURCE", "--compression", "\u{1B}[31m"], status: 2, code: "usage",
            says: "compression"),
        Mistake(
            name: "an odd policy", words: ["restore", "latest", "--target", "HERE/back", "--overwrite", "maybe"],
            status: 2, code: "usage", says: "maybe"),
        Mistake(name: "an empty snapshot", words: ["restore", "", "--target", "HERE/back"], status: 2, code: "usage"),
        Mistake(name: "an empty target", words: ["restore", "latest", "--target", ""], status: 2, code: "usage"),
    ]

    @Test("A mistake is explained and changes nothing", arguments: mistakes) func explained(mistake: Mistake) throws {
        let place = try Place()
        try ChildProcess.shell("echo content > file", directory: place.source)
        try place.backup()
        func filled(_ text: String) -> String {
            text.replacing("REPO", with: place.repository).replacing("SOURCE", with: place.source).replacing(
                "HERE", with: place.scratch.path
            )
            .replacing("PROGRAM", with: program)
        }
        try ChildProcess.shell(filled(mistake.before), directory: place.scratch.path)
        let before = try Comparison.fingerprint(place.scratch.path)
        var environment =
            mistake.words.contains { $0.hasPrefix("--recipient-file") || $0.hasPrefix("--passphrase-file") }
            ? place.writing : place.reading
        if mistake.words.first == "backup" { environment = place.writing }
        environment.merge(mistake.setting.mapValues(filled)) { $1 }
        let words = mistake.words.map(filled)

        let ended = try ChildProcess.run([program] + words, environment: environment)
        #expect(ended.way == .exit(mistake.status), ended.said)
        #expect(ended.text == "", "errors are not results")
        #expect(ended.errorText.hasPrefix("safehold: "), ended.said)
        #expect(ended.errorText.split(separator: "\n").count >= 2, "what to do is missing: \(ended.errorText)")
        #expect(ended.errorText.contains(filled(mistake.says)), ended.said)
        #expect(!ended.errors.contains(0x1B), "what came in must not steer a terminal")

        let told = try ChildProcess.run([program] + words + ["--json"], environment: environment)
        #expect(told.way == .exit(mistake.status), told.said)
        let error = try told.error()
        #expect(error.text("code") == mistake.code && error["exit_status"] == Int(mistake.status), told.said)
        #expect(!error.text("message").isEmpty && !error.text("advice").isEmpty, told.said)
        #expect(try Comparison.fingerprint(place.scratch.path) == before, "something was changed")
    }

    @Test("A beginning that fits several snapshots names them") func ambiguous() throws {
        let place = try Place()
        try ChildProcess.shell("echo content > file", directory: place.source)
        // By number of the writer the beginning of the writer's id is enough; without any digit both fit.
        try place.backup()
        try place.backup()
        let snapshots = try place.snapshots()
        let writer = snapshots[0].text("writer")
        for snapshot in snapshots {
            let ended = try place.restore(
                "\(writer.prefix(2))/\(snapshot["sequence"])", to: place.scratch.path + "/dry", "--dry-run"
            ).mustBe(0)
            #expect(try ended.summary().snapshot == snapshot.text("id"))
        }
        let error = try place.restore("\(writer.prefix(2))/77", to: place.scratch.path + "/dry").mustBe(10).error()
        #expect(error.text("code") == "snapshot-missing")
    }

    @Test("Names that are not text can be given as arguments") func oddNames() throws {
        let place = try Place()
        let builder = try TreeBuilder(place.source)
        let name: [UInt8] = [0xFF, 0xFE, 0x09, 0x2D, 0x2D, 0x78]
        try builder.file(name, "odd\n".bytes)
        try builder.file("other".bytes, "other\n".bytes)
        let path = place.source.bytes + [0x2F] + name
        try ChildProcess([program.bytes, "backup".bytes, path], environment: place.writing).wait().mustBe(0)
        let target = place.scratch.path + "/target"
        let words = [program, "restore", "latest", "--target", target, "--strip"].map(\.bytes)
        try ChildProcess(words, environment: place.reading).wait().mustBe(0)
        #expect(try FileStatus.files(below: target).count == 1)
        try place.backup()
        let chosen = try ChildProcess(
            words.dropLast(2) + [(target + "-2").bytes, "*x".bytes], environment: place.reading
        ).wait()
        #expect(chosen.status == 0, chosen.said)
        #expect(try FileStatus.files(below: target + "-2" + place.source).count == 1)
    }
}
