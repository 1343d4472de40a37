import Capture
import Glibc
import Identity
import Primitives
import Strategy

/// Has the programs that know look at what a component's streams and databases were restored to.
struct TestedStreams {
    /// What one of them found.
    struct Check: Sendable, Equatable {
        enum Result: String, Sendable { case passed, failed, notDone = "not-done" }

        var name: String
        var result: Result
        var words: String
    }

    let component: ComponentPlan
    let snapshot: OpenedSnapshot
    /// Where its files were restored to.
    let folder: String
    let scratch: String
    let programs: String?
    let surroundings: Surroundings
    let observer: any OperationObserver

    func run(_ permit: () throws -> Permit<RestoreAction>, _ verify: () throws -> Permit<VerifyAction>) throws
        -> [Check]
    {
        var checks: [Check] = []
        for stream in component.streams { checks.append(try check(stream, permit)) }
        for database in component.sqlite { checks.append(check(database)) }
        for plan in component.postgres { checks.append(try check(plan, verify)) }
        return checks
    }

    /// By the strategy's own words for it.
    private func check(_ stream: StreamPlan, _ permit: () throws -> Permit<RestoreAction>) throws -> Check {
        guard !stream.check.isEmpty else {
            return Check(name: stream.file, result: .notDone, words: "the strategy names no 'check' for it")
        }
        let fed = try FeedStreams.run(
            permit: try permit(), .check, component: component, files: [stream.file], from: snapshot, observer: observer
        )
        let problem = fed.first.flatMap(\.problem)
        return Check(
            name: stream.file, result: problem == nil ? .passed : .failed,
            words: problem ?? "'\(stream.check[0])' took it for what it should be")
    }

    /// SQLite opens it and looks through it.
    private func check(_ database: SQLitePlan) -> Check {
        var plan = SQLitePlan(path: "\(folder)/\(database.file)", file: database.file)
        plan.isChecked = true
        do {
            var reading = try surroundings.copySQLite(plan, scratch).open()
            reading.abandon()
        } catch {
            return Check(name: database.file, result: .failed, words: error.message)
        }
        return Check(name: database.file, result: .passed, words: "SQLite's integrity_check found nothing")
    }

    /// Into an empty server, which then has the rows and digests that were counted.
    private func check(_ plan: PostgresPlan, _ verify: () throws -> Permit<VerifyAction>) throws -> Check {
        guard plan.isWhole, plan.countsRows else {
            return Check(
                name: plan.database, result: .notDone,
                words: "only a whole dump with row counts can be compared: 'whole' and 'row-counts'")
        }
        guard geteuid() != 0 else {
            return Check(
                name: plan.database, result: .notDone,
                words: "PostgreSQL does not run as root: hold the test as another user")
        }
        do {
            return try compare(plan, verify)
        } catch let failure as StreamFailure {
            if observer.isCancelled { throw Failure.interrupted }
            return Check(
                name: plan.database, result: failure.kind == .toolMissing ? .notDone : .failed, words: failure.message)
        }
    }

    private func compare(_ plan: PostgresPlan, _ verify: () throws -> Permit<VerifyAction>) throws -> Check {
        let counted = try LocalFile.read(
            "\(folder)/\(plan.database)\(PostgresPlan.tablesSuffix)", limit: 1 << 30)
        guard let counted, let major = Self.major(counted) else {
            return Check(name: plan.database, result: .failed, words: "its counts of tables are not there")
        }
        let server = "\(scratch)/server-\(plan.database.utf8.count)"
        try LocalFile.makeDirectories(server)
        let request = ScratchClusterRequest(folder: server, major: major, programs: programs ?? plan.programs)
        let cluster = try surroundings.startPostgres(request, { observer.isCancelled })
        defer { cluster.stop() }
        if plan.keepsGlobals {
            try cluster.makeRoles(
                from: "\(folder)/\(plan.database)\(PostgresPlan.globalsSuffix)", isCancelled: { observer.isCancelled })
        }
        try cluster.restore(
            "\(folder)/\(plan.database)\(PostgresPlan.wholeSuffix)", into: plan.database,
            isCancelled: { observer.isCancelled })
        var restored = PostgresPlan(database: plan.database)
        (restored.host, restored.port, restored.user) = (cluster.socketFolder, cluster.port, cluster.superuser)
        restored.programs = programs ?? plan.programs
        let (tables, differences) = try CompareTables.run(
            permit: try verify(), plan: restored, counted: counted, surroundings: surroundings)
        guard let first = differences.first else {
            return Check(
                name: plan.database, result: .passed,
                words: "restored into a server of version \(major): \(tables) tables with their rows and digests")
        }
        return Check(
            name: plan.database, result: .failed,
            words:
                "\(differences.count) of \(tables) tables differ; '\(first.table)' had \(first.expected ?? "nothing"), has \(first.found ?? "nothing")"
        )
    }

    /// Of the server that was dumped.
    static func major(_ counted: [UInt8]) -> Int? {
        let head = String(decoding: counted.prefix(4096), as: UTF8.self)
        guard let mark = head.firstRange(of: "\"server_version\":\"") else { return nil }
        return Int(head[mark.upperBound...].prefix { $0.isNumber })
    }
}
