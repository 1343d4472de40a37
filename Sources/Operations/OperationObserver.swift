import Primitives

/// How far an operation is. Totals are zero while they are not known.
package struct OperationProgress: Sendable, Equatable {
    package var entries: UInt64 = 0
    package var totalEntries: UInt64 = 0
    package var bytes: UInt64 = 0
    package var totalBytes: UInt64 = 0
    /// Of `bytes`: those that were new and had to be stored (before compression), and those that were in the repository already.
    package var newBytes: UInt64 = 0
    package var deduplicatedBytes: UInt64 = 0
    package var storedBytes: UInt64 = 0
    package var problems: UInt64 = 0
    package init() {}
}

/// An entry that could not be saved or restored as it is, by name.
package struct EntryProblem: Sendable, Equatable {
    package enum Kind: String, Sendable {
        case unreadable, vanished, changed, unsupported, damaged, unwritable, metadata
    }

    /// Absolute, with the leading slash.
    package var path: [UInt8]
    package var kind: Kind
    package var reason: String

    package init(path: [UInt8], kind: Kind, reason: String) {
        (self.path, self.kind, self.reason) = (path, kind, reason)
    }

    package var pathText: String { String(decoding: path, as: UTF8.self) }
}

/// Hears what happens while an operation runs. Calls come from several threads.
package protocol OperationObserver: Sendable {
    func progress(_ progress: OperationProgress)
    func problem(_ problem: EntryProblem)
    func warning(_ message: String)
    /// Asked often and cheaply: whether somebody wants the operation to stop in an orderly way.
    var isCancelled: Bool { get }
}

extension Failure {
    package static let interrupted = Failure(
        .interrupted, "Interrupted.", advice: "Run the same command again: what was finished is kept and used.")
}
