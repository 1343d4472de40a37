import Operations
import Primitives
import Strategy

/// Something that a strategy wants done by a schedule.
struct DaemonJob: Sendable {
    enum Work: Sendable {
        case backup(ComponentPlan, BackupJob.Mode)
        case upkeep(UpkeepTask)
        case medium(StorePlan)
        case review(ReviewPlan)
        /// People hold it.
        case drill(DrillPlan)
        /// The host holds it.
        case test(DrillPlan)
        case successReport
    }

    var name: String
    /// What no two jobs may work at once on.
    var subject: String
    var schedule: Schedule
    var work: Work

    var mode: String {
        switch work {
        case .backup(_, let mode): mode.rawValue
        case .upkeep(let task): task.mode
        case .medium: "medium"
        case .review: "review"
        case .drill: "drill"
        case .test(let drill): drill.kind.rawValue
        case .successReport: "report"
        }
    }

    /// Whether people are only told, and nothing is carried out.
    var isReminder: Bool {
        switch work {
        case .backup, .upkeep, .test: false
        case .medium, .review, .drill, .successReport: true
        }
    }
}

extension BackupStrategy {
    /// Everything that is done by a schedule, in the order of the file. Names are unique.
    var daemonJobs: [DaemonJob] {
        components.flatMap(\.daemonJobs) + stores.flatMap { $0.daemonJobs(upkeep) }
            + reviews.map {
                DaemonJob(
                    name: "review/\($0.name)", subject: "review/\($0.name)", schedule: $0.schedule, work: .review($0))
            }
            + drills.enumerated().map { index, drill in
                let name = "drill/\(drill.kind.rawValue)/\(index + 1)"
                return DaemonJob(
                    name: name, subject: name, schedule: drill.schedule,
                    work: DrillRun.isPossible(drill, self) ? .test(drill) : .drill(drill))
            }
            + [
                notifications.successReport.map {
                    DaemonJob(name: "report/success", subject: "report/success", schedule: $0, work: .successReport)
                }
            ].compactMap { $0 }
    }
}

extension ComponentPlan {
    /// Of several jobs of one mode each has its number.
    fileprivate var daemonJobs: [DaemonJob] {
        var seen: [BackupJob.Mode: Int] = [:]
        return jobs.map { job in
            seen[job.mode, default: 0] += 1
            let number = seen[job.mode].map { $0 > 1 ? "/\($0)" : "" } ?? ""
            return DaemonJob(
                name: JobName.backup(name, job.mode) + number, subject: name, schedule: job.schedule,
                work: .backup(self, job.mode))
        }
    }
}

extension StorePlan {
    fileprivate func daemonJobs(_ upkeep: UpkeepPlan) -> [DaemonJob] {
        func job(_ task: UpkeepTask, _ schedule: Schedule?) -> DaemonJob? {
            schedule.map { DaemonJob(name: task.job, subject: "store/\(name)", schedule: $0, work: .upkeep(task)) }
        }
        switch role {
        case .primary:
            return [
                job(.forget(self), upkeep.forget), job(.collect(self), upkeep.collect),
                job(.verify(self), upkeep.verify),
            ].compactMap { $0 }
        case .secondary: return [job(.copy(self), schedule)].compactMap { $0 }
        case .offline:
            return schedule.map {
                [DaemonJob(name: "medium/\(name)", subject: "medium/\(name)", schedule: $0, work: .medium(self))]
            } ?? []
        }
    }
}
