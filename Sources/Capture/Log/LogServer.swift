import WriteAheadLog

/// A server that sends its log: one connection, which one thread uses at a time.
package protocol LogServer: AnyObject {
    var identity: LogServerIdentity { get }
    /// Nil where the server has none of that name.
    func slot(_ name: String) throws(StreamFailure) -> LogSlot?
    /// From then on the server keeps its log for it.
    func createSlot(_ name: String) throws(StreamFailure)
    func dropSlot(_ name: String) throws(StreamFailure)
    /// The content of a timeline's history file.
    func history(of timeline: UInt32) throws(StreamFailure) -> [UInt8]
    /// Has the server send its log from `position` on; without a slot nothing else uses it meanwhile. Throws `logRemoved` where it no longer has
    /// that, now or from `next`.
    func start(slot: String?, at position: LogSequenceNumber, timeline: UInt32) throws(StreamFailure)
    /// What it sends next.
    func next(waiting milliseconds: Int) throws(StreamFailure) -> LogMessage
    /// Tells how far the log came, and up to where the server need not keep it any more: nil where nothing is to be said of that.
    func report(received: LogSequenceNumber, durable: LogSequenceNumber?) throws(StreamFailure)
    /// No more is wanted. Never fails: the server notices in any case.
    func close()
}

extension LogServer {
    /// Whether the server still has its log from there on, which it need not keep for anybody. Nothing else can be asked over this connection.
    package func has(_ position: LogSequenceNumber, on timeline: UInt32) throws(StreamFailure) -> Bool {
        do {
            try start(slot: nil, at: position, timeline: timeline)
            for _ in 0..<60 {
                switch try next(waiting: 1000) {
                case .log, .ended: return true
                case .waiting, .alive: continue
                }
            }
        } catch {
            guard error.kind == .logRemoved else { throw error }
            return false
        }
        throw StreamFailure(
            .unreachable, "The server does not say whether it still has its log from \(position) on.",
            advice: "Is the network there? It is tried again.")
    }
}

/// What a server says of itself.
package struct LogServerIdentity: Sendable, Equatable {
    package var systemIdentifier: UInt64
    package var timeline: UInt32
    /// Up to here it has written its log durably.
    package var position: LogSequenceNumber
    package var segmentSize: SegmentSize
    /// Such as "15.18".
    package var version: String
    /// Whether it hands files of its log to a command as well.
    package var archives: Bool

    package init(
        systemIdentifier: UInt64, timeline: UInt32, position: LogSequenceNumber, segmentSize: SegmentSize,
        version: String, archives: Bool
    ) {
        (self.systemIdentifier, self.timeline, self.position) = (systemIdentifier, timeline, position)
        (self.segmentSize, self.version, self.archives) = (segmentSize, version, archives)
    }
}

/// A replication slot: what makes a server keep its log until somebody has it.
package struct LogSlot: Sendable, Equatable {
    /// What the server does with the log that the slot still needs (pg_replication_slots.wal_status).
    package enum Standing: String, Sendable {
        /// Keeps it as it would without the slot.
        case reserved
        /// Keeps more than max_wal_size because of the slot.
        case extended
        /// Removes it at the next checkpoint.
        case unreserved
        /// Has removed it: the slot is of no use any more.
        case lost
    }

    /// Where the log begins that is kept; nil for a slot that was never used, or is lost.
    package var restart: LogSequenceNumber?
    /// Nil where nobody told.
    package var standing: Standing?
    /// Bytes of log that it holds back; nil where nobody told.
    package var lag: UInt64?
    /// Bytes that can still be written before it is lost; nil where there is no limit, or nobody told.
    package var room: UInt64?

    package init(restart: LogSequenceNumber?, standing: Standing? = nil, lag: UInt64? = nil, room: UInt64? = nil) {
        (self.restart, self.standing, self.lag, self.room) = (restart, standing, lag, room)
    }
}

package enum LogMessage: Equatable {
    /// Nothing came in time.
    case waiting
    /// A piece of the log, and where it begins. It is valid until `next` is asked again.
    case log(at: LogSequenceNumber, UnsafeRawBufferPointer)
    /// The server lives, and has written so far. It may want to be told at once how far we are.
    case alive(at: LogSequenceNumber, wantsReport: Bool)
    /// The timeline ends where its log ended that came, and another one goes on: nil where the server only shut down.
    case ended(next: LogTurn?)

    package static func == (x: LogMessage, y: LogMessage) -> Bool {
        switch (x, y) {
        case (.waiting, .waiting): true
        case (.log(let a, let one), .log(let b, let other)): a == b && one.elementsEqual(other)
        case (.alive(let a, let one), .alive(let b, let other)): a == b && one == other
        case (.ended(let one), .ended(let other)): one == other
        default: false
        }
    }
}

/// Where a timeline leaves another one.
package struct LogTurn: Sendable, Equatable {
    package var timeline: UInt32
    package var position: LogSequenceNumber

    package init(timeline: UInt32, position: LogSequenceNumber) {
        (self.timeline, self.position) = (timeline, position)
    }
}

extension StreamFailure {
    package static func missingSlot(_ slot: String) -> StreamFailure {
        StreamFailure(
            .slotMissing, "The server has no replication slot '\(slot)'.",
            advice:
                "Make it once with 'safehold wal receive --create-slot': from then on the server keeps its log until it is archived, so watch its disk (max_slot_wal_keep_size is a limit)."
        )
    }

    /// `words`: what the server said, behind a space; empty where it said nothing.
    package static func lostSlot(_ slot: String, _ words: String = "") -> StreamFailure {
        StreamFailure(
            .logRemoved, "The slot '\(slot)' fell behind, and the server has removed the log that it was for.\(words)",
            advice:
                "Remove it with --drop-slot, make it again with --create-slot, and make a new base backup; raise max_slot_wal_keep_size."
        )
    }
}
