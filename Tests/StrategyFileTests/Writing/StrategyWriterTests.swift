import Primitives
import Strategy
import StrategyFile
import TestSupport
import Testing

@Suite struct StrategyWriterTests {
    private func reread(_ strategy: BackupStrategy) throws -> BackupStrategy {
        let text = StrategyWriter.text(strategy)
        do {
            return try StrategyText.parse(Array(text.utf8), base: Array("/elsewhere".utf8)).strategy
        } catch {
            Issue.record("\(error.problems.map { $0.described(in: "text") })\n\(text)")
            throw error
        }
    }

    @Test func thePresetComesBack() throws {
        let strategy = try PresetTests.reading().strategy
        #expect(try reread(strategy) == strategy)
        #expect(StrategyWriter.text(try reread(strategy)) == StrategyWriter.text(strategy))
    }

    /// A component without files.
    private func streamed(_ text: () -> String) -> ComponentPlan {
        var component = ComponentPlan(
            name: "streamed", kind: .database, sources: [],
            jobs: [BackupJob(mode: .full, schedule: .every(.seconds(3600)))], retention: .iqhis, store: "primary")
        var stream = StreamPlan(file: "f.sql", command: ["print" + text(), text()])
        (stream.restore, stream.check, stream.patience) = (["take" + text()], ["look", text()], .milliseconds(7))
        component.streams = [stream, StreamPlan(file: "g: 'x'", command: ["p"])]
        var database = PostgresPlan(
            database: "d " + text().replacing("/", with: "_").filter { $0 >= " " && $0 != "\u{7F}" })
        (database.service, database.host, database.port, database.user) = ("s" + text(), "/h" + text(), 1, "u" + text())
        (database.passwordFile, database.programs) = ("/etc/pgpass", "/opt/bin")
        (database.isWhole, database.keepsGlobals, database.countsRows) = (false, false, false)
        var selection = PostgresPlan.Selection(name: "no")
        (selection.schemas, selection.excludedTables) = (["a*" + text()], [text()])
        selection.contents = .schema
        database.selections = [selection, PostgresPlan.Selection(name: "y")]
        component.postgres = [database, PostgresPlan(database: "e")]
        var file = SQLitePlan(path: "/srv/app.db", file: "app")
        file.isChecked = false
        component.sqlite = [file]
        return component
    }

    private func copied(_ text: () -> String) -> ComponentPlan {
        var component = streamed(text)
        (component.name, component.streams, component.postgres, component.sqlite) = ("copied", [], [], [])
        var server = PostgresPlan(database: "d" + text())
        (server.service, server.host, server.port, server.user) = ("s" + text(), "/h" + text(), 1, "u" + text())
        (server.passwordFile, server.patience) = ("/etc/pgpass", .seconds(61))
        var backup = BaseBackupPlan(server: server)
        (backup.checkpoint, backup.log, backup.slot) = (.spread, .archive, "safehold_1")
        component.baseBackup = backup
        return component
    }

    /// Texts that YAML would like to take for something else, everywhere where a strategy may have any text.
    @Test(arguments: 0..<UInt64(Soak.count(60, full: 2000))) func anyStrategyComesBack(_ seed: UInt64) throws {
        var strategy = try PresetTests.reading().strategy
        var generator = SeededGenerator(seed: seed)
        let texts = [
            "no", "null", "~", "", "a: b", "- x", "#x", "'", "\"", "{a}", "[1]", "*a", "&a", "!x", " lead", "trail ",
            "1.5",
            "two\nlines", "tab\there", "ünïcödé", "\u{2028}", "\u{7}", "%x", "@x", "`x", "0x1F", "a #b", "x\\n", "|",
            ">",
            "e\u{301}", "🏥", "x\u{FEFF}x", "?", ":", "-", "---", "...", "1e3", "00", "=", "<<",
        ]
        func text() -> String { texts.randomElement(using: &generator) ?? "" }
        for index in strategy.components.indices {
            strategy.components[index].exclusions = [text(), text()]
            strategy.components[index].hooks.freeze = ["run" + text(), text()]
            strategy.components[index].health = ["look" + text(), text()]
            strategy.components[index].hooks.timeout = .milliseconds(Int.random(in: 1...1_800_000, using: &generator))
            strategy.components[index].sources.append(Array("/srv/x\(text().replacing("/", with: "_"))y".utf8))
            strategy.components[index].excludesCaches = Bool.random(using: &generator)
            strategy.components[index].holdsPersonalData = Bool.random(using: &generator)
            strategy.components[index].jobs.append(BackupJob(mode: .full, schedule: .every(.seconds(12_345))))
            strategy.components[index].jobs.sort { $0.mode.rawValue < $1.mode.rawValue }
        }
        strategy.components.append(streamed(text))
        strategy.components.append(copied(text))
        strategy.stores[0].site = "s" + text()
        strategy.contacts[0].channels.append(.webhook(url: "https://h/" + text(), secretFile: "/etc/secret"))
        strategy.contacts[0].channels.append(.command(["/bin/tell", text()]))
        strategy.contacts[1].roles = []
        strategy.notifications.metrics.listen = "[::1]:9464"
        strategy.notifications.deadMan = .init(every: .seconds(60))
        strategy.notifications.deadMan?.url = "https://watch/" + text()
        strategy.notifications.mailServer?.user = "u" + text()
        strategy.notifications.mailServer?.passwordFile = "/etc/mail"
        #expect(try reread(strategy) == strategy)
    }
}
