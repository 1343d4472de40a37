import Testing

/// What a shell offers when somebody presses Tab.
@Suite struct CompletionTests {
    /// Sources what `completions bash` wrote, and asks for what would be offered for the last of the words.
    private func offered(_ lines: [[String]], directory: String? = nil) throws -> [Set<String>] {
        let scratch = try Scratch()
        let script = try scratch.write(try ChildProcess.run([program, "completions", "bash"]).mustBe(0).text, "script")
        let ask = """
            set +eu  # as where somebody types
            offer() {
                COMP_WORDS=(safehold "$@"); COMP_CWORD=$#; COMP_LINE="safehold $*"; COMP_POINT=${#COMP_LINE}; COMPREPLY=()
                "$function" safehold "${@: -1}" "${COMP_WORDS[$# - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}" ==
            }
            source "$1"; function=$(complete -p safehold | sed 's/.*-F \\([^ ]*\\).*/\\1/')
            """
        let calls = lines.map { "offer " + $0.map { "'\($0)'" }.joined(separator: " ") }
        let text = try ChildProcess.shell(([ask] + calls).joined(separator: "\n"), script, directory: directory)
        let answers = text.split(separator: "==\n", omittingEmptySubsequences: false).dropLast()
        try #require(answers.count == lines.count)
        return answers.map { Set($0.split(separator: "\n").map(String.init)) }
    }

    @Test("bash offers every command, and of each all options") func everything() throws {
        let commands = try DescribedCommand.all.get()
        #expect(commands.count > 20)
        let below = try offered(commands.map { $0.words + [""] })
        let options = try offered(commands.map { $0.words + ["-"] })
        for (index, command) in commands.enumerated() {
            let missing = Set(command.subcommands).subtracting(below[index])
            #expect(missing == [], "\(command.words)")
            // Of what has several names bash is offered the long one at least.
            let long = Set(command.options.filter { $0.hasPrefix("--") })
            #expect(long.subtracting(options[index]) == [] && long.count >= 2, "\(command.words)")
            #expect(options[index].subtracting(command.options) == [], "\(command.words)")
        }
    }

    @Test("bash completes what was begun, values, and files") func values() throws {
        let place = try Place()
        try ChildProcess.shell("mkdir alpha 'alpha two'; touch also beta key.pub", directory: place.source)
        let answers = try offered(
            [
                ["ba"], ["keys", "re"], ["restore", "latest", "--overwrite", ""], ["completions", ""],
                ["backup", "--compression", "f"], ["backup", "al"], ["ls", "--repository", "al"],
                ["backup", "--exclude-f"],
                ["init", "--recipient", "k"], ["ls", "--passphrase-file", "be"], ["nonsense", "x"],
            ], directory: place.source)
        #expect(answers[0] == ["backup"])
        #expect(answers[1] == ["remove", "recovery-kit"])
        #expect(answers[2] == ["never", "if-changed", "always"])
        #expect(answers[3].isSuperset(of: ["bash", "zsh", "fish"]))
        #expect(answers[4] == ["fast"])
        #expect(answers[5] == ["alpha", "alpha two", "also"])
        #expect(answers[6] == ["alpha", "alpha two"])
        #expect(answers[7] == ["--exclude-from"])
        #expect(answers[8] == ["key.pub"])
        #expect(answers[9] == ["beta"])
        #expect(answers[10] == [])
    }

    @Test(
        "What each shell is given is a script of its own that the shell can read", arguments: ["bash", "zsh", "fish"])
    func parses(shell: String) throws {
        let scratch = try Scratch()
        let text = try ChildProcess.run([program, "completions", shell]).mustBe(0).text
        let begins = ["bash": "#!/bin/bash", "zsh": "#compdef safehold", "fish": "function __safehold"]
        #expect(text.hasPrefix(begins[shell, default: "?"]), "\(text.prefix(100))")
        // Every command is in it, by its name.
        for command in try DescribedCommand.all.get() {
            for word in command.words { #expect(text.contains(word), "\(command.words)") }
        }
        let line = try ChildProcess.run([program, "completions", shell, "--json"]).mustBe(0).lines()
        #expect(line.map { $0.text("text") + "\n" } == [text])
        guard ChildProcess.has(shell) else { return print("\(shell) is not there: its script was not parsed") }
        try ChildProcess.run([shell, "-n", try scratch.write(text, "script")]).mustBe(0)
    }
}
