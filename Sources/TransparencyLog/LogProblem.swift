/// What is wrong with a log, as its reader or writer found it.
package enum LogProblem: Error, Equatable, Sendable, CustomStringConvertible {
    /// Another process writes to it.
    case busy
    /// There is one already where one was to be made.
    case exists
    /// A file that the checkpoint says is there.
    case missing(String)
    /// A file whose bytes are not those that the checkpoint stands for.
    case altered(String)
    case alteredEntry(UInt64)
    /// The checkpoint bears no signature of a key that is trusted for it, or one that does not hold.
    case unsigned(String)
    /// The checkpoint is another log's.
    case otherLog(String)
    /// The log has fewer entries than somebody remembers.
    case rolledBack(to: UInt64, from: UInt64)
    /// The log's beginning is not the one that somebody remembers.
    case forked(at: UInt64)
    case entryTooLarge(Int)
    case full

    package var description: String {
        switch self {
        case .busy: "another process writes to the log"
        case .exists: "there is a log already"
        case .missing(let path): "'\(path)' is missing from the log"
        case .altered(let path): "'\(path)' of the log was altered"
        case .alteredEntry(let index): "entry \(index) of the log was altered"
        case .unsigned(let why): "the log's checkpoint \(why)"
        case .otherLog(let origin): "the checkpoint is that of '\(origin)', another log"
        case .rolledBack(let size, let remembered):
            "the log has \(size) entries where it is known to have had \(remembered)"
        case .forked(let size): "the first \(size) entries of the log are not those that it is known to have had"
        case .entryTooLarge(let count):
            "an entry has \(count) bytes where at most \(EntryBundle.largestEntry) are possible"
        case .full: "the log has as many entries as can be counted"
        }
    }
}
