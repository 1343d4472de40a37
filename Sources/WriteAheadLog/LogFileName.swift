/// Names a file that a server archives or asks an archive for.
package enum LogFileName: Sendable, Hashable, CustomStringConvertible {
    case segment(SegmentName)
    /// What there was of a segment when its timeline ended: the rest belongs to the next timeline.
    case partial(SegmentName)
    /// What a base backup left behind in the log: the segment and the offset where it began.
    case backup(SegmentName, offset: UInt32)
    /// Where a timeline came from.
    case history(timeline: UInt32)

    /// Nil for a name that is none of the server's.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 1, let name = SegmentName(parts[0]) {
            self = .segment(name)
        } else if parts.count == 2, parts[1] == "history", let number = SegmentName.number(Array(parts[0].utf8)),
            number > 0
        {
            self = .history(timeline: number)
        } else if parts.count == 2, parts[1] == "partial", let name = SegmentName(parts[0]) {
            self = .partial(name)
        } else if parts.count == 3, parts[2] == "backup", let name = SegmentName(parts[0]),
            let offset = SegmentName.number(Array(parts[1].utf8))
        {
            self = .backup(name, offset: offset)
        } else {
            return nil
        }
    }

    package var description: String {
        switch self {
        case .segment(let name): name.description
        case .partial(let name): name.description + ".partial"
        case .backup(let name, let offset): name.description + "." + SegmentName.digits(offset) + ".backup"
        case .history(let timeline): SegmentName.digits(timeline) + ".history"
        }
    }

    package var timeline: UInt32 {
        switch self {
        case .segment(let name), .partial(let name), .backup(let name, _): name.timeline
        case .history(let timeline): timeline
        }
    }
}
