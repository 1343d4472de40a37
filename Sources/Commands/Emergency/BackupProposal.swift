import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures
import Strategy

/// Of each component the newest backup that nothing is wrong with, in the nearest store that can be opened.
struct BackupProposal {
    struct Member {
        var component: String
        /// Complete, and before the first alarm that nobody has looked at. Nil where there is none.
        var good: String?
        var goodTime: Timestamp?
        /// Whatever it is.
        var newest: String?
    }

    var store: String
    var members: [Member]

    /// Throws what the last store said where none can be opened.
    static func find(_ work: RunbookWork) throws -> BackupProposal {
        var trouble = Failure(
            .usage, "No repository was named.",
            advice: "Pass --repository DIR or s3://…, or name stores in the strategy file.")
        for store in work.stores {
            do { return try find(work, in: store) } catch {
                trouble = RunbookWork.failure(error)
                work.session.output.warning("\(store): \(trouble.message)")
            }
        }
        throw trouble
    }

    private static func find(_ work: RunbookWork, in store: String) throws -> BackupProposal {
        let session = work.session
        let options = try RepositoryOptions.parse(["--repository", store])
        let place = try session.location(options)
        let permit = try session.permit(InspectAction.self, on: Target(store: place))
        let (repository, opener) = try session.unlocked(options, work.keys, for: "Looking for good backups")
        let report = try Anomalies.report(
            permit: permit, repository: repository, opener: opener, state: session.surroundings.hostState)
        let wanted = work.runbook.subjects.isEmpty ? work.strategy?.components.map(\.name) : work.runbook.subjects
        let names = wanted ?? Set(report.lines.map(\.details.component)).sorted()
        return BackupProposal(store: place, members: names.map { member($0, report) })
    }

    private static func member(_ component: String, _ report: Anomalies.Report) -> Member {
        let lines = report.lines.filter { $0.details.component == component }
        let newest = lines.max { $0.summary.time < $1.summary.time }
        let good = lines.filter { $0.details.problems == 0 && !report.isSuspect($0) }
        let best = good.max { $0.summary.time < $1.summary.time }
        return Member(
            component: component, good: best?.summary.id.hex, goodTime: best?.summary.time,
            newest: newest?.summary.id.hex)
    }

    var lines: [String] {
        members.map { member in
            guard let good = member.good, let time = member.goodTime else { return "\(member.component): none" }
            let isNewest = good == member.newest ? ", the newest" : ", not the newest"
            return "\(member.component): \(good.prefix(16)) of \(Text.time(time))\(isNewest)"
        }
    }
}
