import ArgumentParser
import Testing

@testable import Commands

@Suite struct ParsingTests {
    @Test(
        "The contract for scripts parses",
        arguments: [
            ["init"], ["init", "--repository", "/r", "--passphrase-file", "p", "--label", "x"], ["backup", "/a", "/b"],
            ["snapshots", "--json"],
            ["ls", "latest"], ["restore", "latest", "--target", "/t"],
            ["restore", "1f3a", "--target", "/t", "--strip", "--verify", "--sync"],
            ["restore", "latest", "--target", "/t", "--overwrite", "if-changed", "--dry-run"],
            ["verify", "--read-data"], ["keys"],
            ["keys", "list"], ["keys", "escrow", "--threshold", "3", "--shares", "5", "--output", "d"],
            ["keys", "add", "--recipient", "f"],
            ["find", "x"], ["diff", "a", "b"], ["cat", "latest", "/x"], ["stats"], ["doctor"], ["version"],
            ["completions", "zsh"], ["media", "init", "/m", "--label", "A", "--site", "vault"],
            ["media", "copy", "/m"],
            ["storage", "copies", "--copies", "f"], ["storage", "cost", "--prices", "f", "--daily-change", "1%"],
            ["media", "check", "/m"], ["media", "repair", "/m"], ["media", "list"], ["media", "in", "A"],
            ["media", "out", "A", "--custodian", "x", "--location", "y", "--due", "2027-01-31"],
            ["storage", "probe"], ["storage", "status", "--json"],
            ["storage", "check", "--administrator", "--writer", "a", "--writer", "b"],
            ["storage", "configure", "--log-bucket", "l", "--apply"],
            ["storage", "accesses", "--logs", "f", "--record", "r"],
            [
                "restore", "database", "--target-time", "2026-11-27 10:00:00+00", "--to", "/d", "--target-action",
                "promote",
            ],
            ["restore", "--component", "database", "--target-lsn", "0/3000148", "--in-place", "--to", "/d"],
            ["restore", "database", "--target-end", "--verify"],
            ["restore", "database", "--target-xid", "9", "--dry-run"],
            ["erase", "--component", "c", "--dry-run"],
            ["erase", "--snapshot", "1f3a", "--snapshot", "22b0", "--request"],
            ["erase", "--request-id", "1f3a", "--reason", "r"], ["erase", "--status", "1f3a9c20"],
        ])
    func contract(_ arguments: [String]) throws { #expect(try SafeholdCommand.parseAsRoot(arguments) is any Verb) }

    @Test(
        "What makes no sense is refused before anything happens",
        arguments: [
            ["nonsense"], ["backup"], ["ls"], ["restore", "latest"], ["restore", "latest", "--verify"],
            ["restore", "database", "--target-end"], ["restore", "database", "--in-place", "--verify"],
            ["restore", "database", "--target-end", "--to", "/d", "--target-action", "wait"],
            ["restore", "latest", "--target", "/t", "--overwrite", "sometimes"],
            ["init", "--domain", "ab"], ["keys", "add"], ["keys", "escrow", "--output", "d", "--threshold", "6"],
            ["cat", "latest", "/x", "--json"],
            ["backup", "/a", "--compression", "11"], ["completions", "csh"],
            ["storage", "copies"], ["storage", "cost", "--prices", "f", "--daily-change", "1%", "--months", "0"],
            ["media", "init", "/m"], ["media", "copy"], ["media", "out", "A", "--custodian", "x"],
            ["erase"], ["erase", "--component", "c", "--snapshot", "1f3a"], ["erase", "--status", "1f3a", "--dry-run"],
            ["erase", "--component", "c", "--request", "--dry-run"], ["collect", "--compact-below", "101"],
        ])
    func refused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try SafeholdCommand.parseAsRoot(arguments) }
    }

    @Test("Every command says what it does, and all but plain ones by an example")
    func helpTexts() {
        for command in Self.all(SafeholdCommand.self) {
            #expect(!command.configuration.abstract.isEmpty)
            #expect(command.configuration.abstract.hasSuffix("."))
            if command.configuration.subcommands.isEmpty, command.configuration.commandName != "version" {
                let name = command.configuration.commandName ?? ""
                let isShown = [
                    "", "keys ", "anomalies ", "repair ", "media ", "storage ", "hold ", "strategy ", "retention ",
                    "catalog ", "review ", "drill ", "emergency ", "notify ", "report ", "runs ", "database ", "wal ",
                    "users ", "users provider ", "users role ", "users service ", "approve ", "ask ", "signatures ",
                    "audit ",
                    "audit witness ",
                ].contains { group in
                    // A server's setting quotes what it calls.
                    ["  ", "'"].contains { command.configuration.discussion.contains("\($0)safehold \(group)\(name)") }
                }
                #expect(isShown, "\(name)")
            }
        }
    }

    private static func all(_ root: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        let below = root.configuration.subcommands + root.configuration.groupedSubcommands.flatMap(\.subcommands)
        return [root] + below.flatMap { all($0) }
    }
}
