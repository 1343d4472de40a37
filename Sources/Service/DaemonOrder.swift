import Operations
import Primitives
import Strategy

/// What is to be begun now, or written down.
enum DaemonOrder: Sendable {
    /// Components of one moment.
    case backUp([PlannedRun], SetStamp)
    case keepUp(UpkeepTask, due: Timestamp, attempt: Int)
    /// Nobody was there when it was due, or something else was still under way.
    case missed(job: String, subject: String, mode: String, due: Timestamp)
    /// Another job did at the same moment what this one was to do.
    case covered(job: String, subject: String, mode: String, due: Timestamp)
    case review(ReviewPlan, due: Timestamp)
    case drill(DrillPlan, due: Timestamp)
    case medium(StorePlan, due: Timestamp)
    case successReport(due: Timestamp)
    case clockWentBack(Duration)
}
