/// Where a timeline came from: the content of its history file.
package struct TimelineHistory: Sendable, Equatable {
    /// An ancestor, and where the log left it.
    package struct Turn: Sendable, Equatable {
        package var timeline: UInt32
        /// The next timeline begins here.
        package var end: LogSequenceNumber
        package var reason: String

        package init(timeline: UInt32, end: LogSequenceNumber, reason: String) {
            (self.timeline, self.end, self.reason) = (timeline, end, reason)
        }
    }

    package var timeline: UInt32
    /// The oldest first.
    package var turns: [Turn]

    package init(timeline: UInt32, turns: [Turn] = []) { (self.timeline, self.turns) = (timeline, turns) }

    /// Reads a history file as the server does: empty lines and comments are passed over. Nil for what the server would refuse.
    package init?(timeline: UInt32, text: some StringProtocol) {
        var turns: [Turn] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let fields = line.drop { $0 == " " || $0 == "\t" }.split(
                maxSplits: 2, omittingEmptySubsequences: true
            ) { $0 == " " || $0 == "\t" }
            guard let first = fields.first, !first.hasPrefix("#") else { continue }
            guard fields.count >= 2, let number = UInt32(first), let end = LogSequenceNumber(fields[1]),
                number > turns.last?.timeline ?? 0, number < timeline
            else { return nil }
            turns.append(Turn(timeline: number, end: end, reason: fields.count > 2 ? String(fields[2]) : ""))
        }
        self.init(timeline: timeline, turns: turns)
    }

    package var parent: UInt32? { turns.last?.timeline }

    /// The timeline that a position lies on when the log is followed to this timeline.
    package func timeline(at position: LogSequenceNumber) -> UInt32 {
        turns.first { position < $0.end }?.timeline ?? timeline
    }

    /// Where the log enters a timeline on its way to this one; nil for one that is no ancestor.
    package func beginning(of ancestor: UInt32) -> LogSequenceNumber? {
        if turns.isEmpty { return ancestor == timeline ? LogSequenceNumber(0) : nil }
        if ancestor == timeline { return turns.last?.end }
        guard let index = turns.firstIndex(where: { $0.timeline == ancestor }) else { return nil }
        return index == 0 ? LogSequenceNumber(0) : turns[index - 1].end
    }

    /// Where the log leaves an ancestor; nil for one that is none.
    package func end(of ancestor: UInt32) -> LogSequenceNumber? {
        turns.first { $0.timeline == ancestor }?.end
    }
}
