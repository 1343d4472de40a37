import Strategy

/// What a component is made of besides files: the output of programs, and databases.
struct StreamReader {
    private let members: Members
    private let base: [UInt8]

    init(_ members: Members, base: [UInt8]) { (self.members, self.base) = (members, base) }

    /// Whether there is any, right or wrong.
    var isGiven: Bool { Self.kinds.contains { members[$0] != nil } }

    private static let kinds = ["streams", "postgresql", "sqlite", "base-backup"]

    func read(into component: inout ComponentPlan) {
        component.streams = items("streams", "a stream such as {file: ward.sql, command: [mysqldump, ward]}")
            .compactMap(stream)
        component.postgres = items("postgresql", "a database such as {database: iqhis, service: iqhis}")
            .compactMap(database)
        component.sqlite = items("sqlite", "a database such as {path: /srv/app/app.db}").compactMap(file)
        component.baseBackup = baseBackup(beside: component)
        checkFiles(component)
        guard component.isStreamed else { return }
        if !component.sources.isEmpty, let other = Self.kinds.first(where: { members[$0] != nil }) {
            members["sources"]?.problem(
                "stands beside '\(other)'; make two components of it, one of files and one of what is dumped")
        }
        for job in component.jobs where job.mode == .change {
            (members["schedule"] ?? members.entry).problem(
                "nobody tells when what a program prints or a database holds has changed; 'incremental: every 15min' reads it so often"
            )
        }
    }

    private func items(_ key: String, _ meant: String) -> [Members] {
        guard let entry = members[key] else { return [] }
        if entry.isEmptyList { entry.problem("is empty; \(meant) is meant") }
        let keys = key == "streams" ? Self.streamKeys : key == "sqlite" ? Self.fileKeys : Self.databaseKeys
        return entry.entries("a list of such as \(meant)").map { $0.members(keys, meant) }.filter(\.isGroup)
    }

    /// Each file once.
    private func checkFiles(_ component: ComponentPlan) {
        var seen: Set<String> = []
        for file in component.streams.map(\.file) + component.postgres.flatMap(\.files) + component.sqlite.map(\.file)
        where !seen.insert(file).inserted {
            members.entry.problem("two of its streams make the file '\(file)'; give one another name")
        }
    }

    // MARK: Programs

    private static let streamKeys = ["file", "command", "restore", "check", "patience"]

    private func stream(_ members: Members) -> StreamPlan? {
        let file = members.required("file", "how what is printed is called in backups, such as ward.sql")?.fileName()
        let command = members.required("command", "the program that prints it, such as [mysqldump, ward]")?.command()
        guard let file, let command else { return nil }
        var stream = StreamPlan(file: file, command: command)
        if let entry = members["restore"] { stream.restore = entry.command() }
        if let entry = members["check"] { stream.check = entry.command() }
        if let patience = patience(members) { stream.patience = patience }
        return stream
    }

    private func patience(_ members: Members) -> Duration? {
        guard let entry = members["patience"], let patience = entry.duration() else { return nil }
        if patience <= .zero { entry.problem("leaves it no time; half an hour is usual, as '30min'") }
        return patience
    }

    // MARK: SQLite

    private static let fileKeys = ["path", "file", "integrity-check"]

    private func file(_ members: Members) -> SQLitePlan? {
        guard let entry = members.required("path", "where the database is, such as /srv/app/app.db"),
            let path = entry.pathText(from: base)
        else { return nil }
        let last = path.split(separator: "/").last.map(String.init)
        guard let name = members["file"].map({ $0.fileName() }) ?? last else { return nil }
        var plan = SQLitePlan(path: path, file: name)
        if let flag = members["integrity-check"]?.flag() { plan.isChecked = flag }
        return plan
    }

    // MARK: PostgreSQL

    private static let databaseKeys = [
        "database", "service", "host", "port", "user", "password-file", "programs", "whole", "selections", "globals",
        "row-counts", "patience",
    ]

    private func database(_ members: Members) -> PostgresPlan? {
        guard let entry = members.required("database", "the name of the database, such as iqhis"),
            let name = entry.fileName()
        else { return nil }
        var plan = PostgresPlan(database: name)
        reach(&plan, members)
        plan.programs = members["programs"]?.pathText(from: base)
        if let flag = members["whole"]?.flag() { plan.isWhole = flag }
        if let flag = members["globals"]?.flag() { plan.keepsGlobals = flag }
        if let flag = members["row-counts"]?.flag() { plan.countsRows = flag }
        if let entry = members["selections"] {
            plan.selections = entry.named("a group of selections by their names, such as {audit: {schemas: [audit]}}")
                .all.compactMap(selection)
        }
        if !plan.isWhole, plan.selections.isEmpty {
            (members["whole"] ?? members.entry).problem(
                "nothing is left of it: 'whole' is no, and there are no 'selections'")
        }
        return plan
    }

    /// How a server is reached.
    private func reach(_ plan: inout PostgresPlan, _ members: Members) {
        plan.service = members["service"]?.text("a service of the connection service file")
        plan.host = members["host"]?.text("a host, or the directory of the server's socket")
        plan.user = members["user"]?.text("a role of the server's")
        plan.port = members["port"]?.port()
        plan.passwordFile = members["password-file"]?.pathText(from: base)
        if let patience = patience(members) { plan.patience = patience }
    }

    private func baseBackup(beside component: ComponentPlan) -> BaseBackupPlan? {
        guard let entry = members["base-backup"] else { return nil }
        let members = entry.members(
            [
                "database", "service", "host", "port", "user", "password-file", "checkpoint", "wal", "slot",
                "data-directory", "patience",
            ], "a server such as {host: /run/postgresql, user: safehold}")
        guard members.isGroup else { return nil }
        if let other = Self.kinds.dropLast().first(where: { self.members[$0] != nil }) {
            entry.problem("stands beside '\(other)'; make two components of it")
        }
        var plan = PostgresPlan(database: "postgres")
        if let database = members["database"]?.text("a database of the server's") { plan.database = database }
        reach(&plan, members)
        var backup = BaseBackupPlan(server: plan)
        if let word = members["checkpoint"]?.word(BaseBackupPlan.Checkpoint.self) { backup.checkpoint = word }
        if let word = members["wal"]?.word(BaseBackupPlan.Log.self) { backup.log = word }
        backup.slot = members["slot"]?.slotName()
        backup.dataDirectory = members["data-directory"]?.pathText(from: base)
        if backup.dataDirectory != nil, backup.log != .archive {
            members["data-directory"]?.problem(
                "needs 'wal: archive': a server that is read where its files lie does not send its log")
        }
        return backup
    }

    private func selection(_ name: String, _ entry: Entry) -> PostgresPlan.Selection? {
        let members = entry.members(
            ["schemas", "tables", "exclude-tables", "contents"], "a selection such as {schemas: [audit]}")
        guard members.isGroup else { return nil }
        var selection = PostgresPlan.Selection(name: name)
        let patterns = "a list of patterns as pg_dump takes them, such as ['ref.*'],"
        selection.schemas = members["schemas"]?.texts(patterns) ?? []
        selection.tables = members["tables"]?.texts(patterns) ?? []
        selection.excludedTables = members["exclude-tables"]?.texts(patterns) ?? []
        if let contents = members["contents"]?.word(PostgresPlan.Selection.Contents.self) {
            selection.contents = contents
        }
        if !selection.tables.isEmpty, !selection.schemas.isEmpty {
            entry.problem(
                "names tables and schemas; where tables are named, pg_dump takes no others: use 'schema.table'")
        }
        return selection
    }
}

extension Entry {
    /// A list of groups; one alone stands for a list of it.
    fileprivate func entries(_ meant: String) -> [Entry] {
        isGroup ? [self] : items(meant)
    }

    /// A name that any file system takes, and no path.
    fileprivate func fileName() -> String? {
        guard let text = text("the name of a file") else { return nil }
        let isPlain = text.utf8.allSatisfy { $0 > 0x1F && $0 != 0x7F && $0 != 0x2F }
        guard !text.isEmpty, text.utf8.count <= 200, text.first != ".", text.first != "-", isPlain else {
            problem("'\(Entry.clipped(text))' is no name of a file; one without '/' is meant, such as ward.sql")
            return nil
        }
        return text
    }

    fileprivate func slotName() -> String? {
        guard let text = text("the name of a replication slot") else { return nil }
        guard BaseBackupPlan.isSlotName(text) else {
            problem(
                "'\(Entry.clipped(text))' is no name of a slot: lower-case letters, digits and '_' make one, 63 at most"
            )
            return nil
        }
        return text
    }

    fileprivate func port() -> Int? {
        guard let number = count() else { return nil }
        guard (1...65535).contains(number) else {
            problem("there is no port \(number); 5432 is usual")
            return nil
        }
        return number
    }
}
