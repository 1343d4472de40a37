import Primitives
import WriteAheadLog

/// What is to be told while a log is received.
package enum LogNews: Sendable {
    /// The slot was not there.
    case madeSlot
    /// The server sends its log from here on.
    case receiving(from: SegmentName)
    case archived(LogReceipt)
    /// What keeps it from going on, and is tried again. Told once, until it goes on.
    case trouble(Failure)
    case goesOn
    /// Log that nobody will archive any more.
    case gap(Failure)
    /// What people should know.
    case remark(String)
}

/// Files that are in the repository.
package struct LogReceipt: Sendable {
    /// In the order in which they came.
    package var files: [String]
    /// What stored them; nil where all had been archived before.
    package var backup: BackupSummary?
    /// The server need not keep its log before this; nil where nothing is to be said of that.
    package var position: LogSequenceNumber?
}
