/// What a snapshot is judged by.
package enum AnomalySignal: UInt8, Sendable, CaseIterable {
    /// Changed files that became like random bytes.
    case noise = 1
    /// Changed files that lost the header of their type.
    case headers = 2
    /// New names with content like random bytes, instead of files that are gone.
    case replaced = 3
    /// One ending that was put behind the names of many files, whose content changed.
    case endings = 4
    /// Changed files.
    case changes = 5
    /// Files that are gone.
    case deletions = 6
    /// New content, of which little was known.
    case growth = 7
    /// New content that does not compress as it did.
    case compressibility = 8
    /// Files that were made unreadable little by little.
    case slow = 9

    package var name: String {
        switch self {
        case .noise: "noise"
        case .headers: "headers"
        case .replaced: "replaced"
        case .endings: "endings"
        case .changes: "changes"
        case .deletions: "deletions"
        case .growth: "growth"
        case .compressibility: "compressibility"
        case .slow: "slow"
        }
    }

    /// Whether it is about what became of content. The others happen in ordinary work as well, and raise no alarm by themselves.
    package var isOfContent: Bool { [.noise, .headers, .replaced, .slow].contains(self) }
}

extension AnomalyVerdict.Reason {
    package var sentence: String {
        let files = "\(observed) \(observed == 1 ? "file" : "files")"
        return switch signal {
        case .noise: "\(files) became like random bytes; up to \(threshold) would be usual"
        case .headers: "\(files) lost the header of their type; up to \(threshold) would be usual"
        case .replaced: "\(files) gave way to others with content like random bytes; up to \(threshold) would be usual"
        case .endings: "\(files) got the same new ending and other content; up to \(threshold) would be usual"
        case .changes: "\(files) changed; up to \(threshold) would be usual"
        case .deletions: "\(files) are gone; up to \(threshold) would be usual"
        case .growth: "\(observed) bytes are new; up to \(threshold) would be usual"
        case .compressibility:
            "new content is compressed to \(observed / 10) % of its size; up to \(threshold / 10) % would be usual"
        case .slow: "\(files) were made unreadable over several backups; up to \(threshold) would be usual"
        }
    }
}
