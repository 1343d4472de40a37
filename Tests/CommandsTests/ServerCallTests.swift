import ArgumentParser
import Testing

@testable import Commands

/// What servers call is read without ArgumentParser, and means what it would have made of it.
@Suite("What a database server calls") struct ServerCallTests {
    @Test(
        "means the same, however it is read",
        arguments: [
            ["wal", "push", "--component", "db", "pg_wal/000000010000000000000001"],
            ["wal", "push", "pg_wal/1", "--ahead", "0", "--component", "db", "--repository", "/srv/backup"],
            ["wal", "push", "--strategy", "/etc/s.yaml", "--component", "a", "--component", "b", "x"],
            [
                "wal", "get", "--component", "db", "--recipient-file", "/etc/key", "000000010000000000000001",
                "pg_wal/x",
            ],
            [
                "wal", "get", "--component", "db", "--passphrase-file", "p", "--prefetch", "3", "--spool", "/s", "a",
                "b",
            ],
            ["wal", "get", "--component", "db", "--system", "7111111111111111111", "a", "b", "--strategy", "s"],
        ])
    func same(_ words: [String]) throws {
        let (read, parsed) = (try #require(ServerCall.command(words)), try SafeholdCommand.parseAsRoot(words))
        switch (read, parsed) {
        case (let read as WALPushCommand, let parsed as WALPushCommand):
            #expect(read.path == parsed.path && read.component == parsed.component && read.ahead == parsed.ahead)
            same(read.place, parsed.place)
            same(read.outputOptions, parsed.outputOptions)
        case (let read as WALGetCommand, let parsed as WALGetCommand):
            #expect(read.name == parsed.name && read.path == parsed.path && read.component == parsed.component)
            #expect(read.spool == parsed.spool && read.prefetch == parsed.prefetch && read.system == parsed.system)
            #expect(read.onlyAhead == parsed.onlyAhead)
            #expect(
                read.keys.passphraseFile == parsed.keys.passphraseFile
                    && read.keys.recipientFile == parsed.keys.recipientFile
                    && read.keys.shareFile == parsed.keys.shareFile)
            same(read.place, parsed.place)
            same(read.outputOptions, parsed.outputOptions)
        default: Issue.record("\(words) was read as another command")
        }
    }

    private func same(_ x: LogPlaceOptions, _ y: LogPlaceOptions) {
        #expect(
            x.repositoryOptions.repository == y.repositoryOptions.repository
                && x.strategyOptions.strategy == y.strategyOptions.strategy)
    }

    private func same(_ x: OutputOptions, _ y: OutputOptions) {
        #expect(x.json == y.json && x.quiet == y.quiet && x.verbose == y.verbose)
    }

    @Test(
        "that is anything else is left to be explained",
        arguments: [
            ["wal", "push"], ["wal", "push", "--component", "db"], ["wal", "push", "--component", "db", "a", "b"],
            ["wal", "push", "a"], ["wal", "push", "--help"], ["wal", "push", "--component", "db", "--json", "a"],
            ["wal", "push", "--component=db", "a"], ["wal", "push", "--component", "db", "--ahead", "many", "a"],
            ["wal", "push", "--component", "db", "--ahead", "1001", "a"],
            ["wal", "push", "--component", "--ahead", "a"],
            ["wal", "get", "--component", "db", "a"], ["wal", "get", "--component", "db", "--system", "x", "a", "b"],
            ["wal", "get", "--component", "db", "-v", "a", "b"], ["wal", "check", "db"], ["backup", "/a"], [],
        ])
    func other(_ words: [String]) { #expect(ServerCall.command(words) == nil) }
}
