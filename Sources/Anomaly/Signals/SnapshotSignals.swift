import Primitives

/// What the making of a snapshot told of how its content changed. By-products of a backup: nothing is read for them.
package struct SnapshotSignals: Sendable, Equatable {
    package struct Tally: Sendable, Equatable {
        package var files: UInt64 = 0
        package var bytes: UInt64 = 0

        package init(files: UInt64 = 0, bytes: UInt64 = 0) { (self.files, self.bytes) = (files, bytes) }

        package mutating func add(_ count: UInt64) {
            files &+= 1
            bytes &+= count
        }
    }

    /// Whether there was a listing of the snapshot before; without one nothing can be said of changes.
    package var isCompared = false
    /// In the snapshot.
    package var files: UInt64 = 0
    /// Names that were not there before.
    package var added = Tally()
    /// Files with other content than before.
    package var changed = Tally()
    /// Names that are gone, with the size that was behind them.
    package var removed = Tally()
    /// Of the added ones: those whose content was known already, so that they were moved or copied.
    package var moved: UInt64 = 0
    /// Pairs of a removed and an added name that differ in the ending only, with other content.
    package var renamed: UInt64 = 0
    /// The ending that most of them have now, and how many.
    package var ending: [UInt8] = []
    package var endingFiles: UInt64 = 0
    /// Changed and renamed files whose content was looked at.
    package var looked: UInt64 = 0
    /// Of these: like random bytes, and of a type that is not.
    package var noise: UInt64 = 0
    /// Of these: without the header that files of their type begin with.
    package var headless: UInt64 = 0
    /// Of these: either.
    package var spoiled: UInt64 = 0
    /// Of the other added ones: like random bytes, with a name that does not promise it.
    package var addedNoise: UInt64 = 0
    /// Of these: as many as went from the same folder.
    package var replacing: UInt64 = 0
    package var bytesRead: UInt64 = 0
    /// Of them stored for the first time, and what those became when they were compressed.
    package var bytesNew: UInt64 = 0
    package var bytesPacked: UInt64 = 0

    package init() {}
}

extension SnapshotSignals {
    /// Files of the snapshot before.
    package var before: UInt64 {
        let (sum, left) = (files &+ removed.files, added.files)
        return sum >= left ? sum - left : 0
    }

    /// Removed, and neither moved elsewhere nor there under another ending.
    package var lost: UInt64 { removed.files - min(removed.files, moved &+ renamed) }

    /// New names with content like random bytes that stand for lost ones.
    package var replaced: UInt64 { min(replacing, lost) }

    /// Files that look as if somebody had made them unreadable.
    package var damage: UInt64 { spoiled &+ replaced }

    /// What is left of new content when it is compressed, in thousandths; nil where too little came to say so.
    package func packedShare(ofAtLeast fewest: UInt64) -> UInt64? {
        guard bytesNew >= max(1, fewest) else { return nil }
        return UInt64(Double(bytesPacked) / Double(bytesNew) * 1000)
    }
}

extension SnapshotSignals {
    package var fields: Fields {
        var fields = Fields()
        fields.set(1, integer: isCompared ? 1 : 0)
        for (index, value) in numbers.enumerated() { fields.set(UInt64(index + 2), integer: value) }
        fields[22] = ending
        return fields
    }

    private var numbers: [UInt64] {
        [
            files, added.files, added.bytes, changed.files, changed.bytes, removed.files, removed.bytes, moved, renamed,
            endingFiles, looked, noise, headless, spoiled, addedNoise, bytesRead, bytesNew, bytesPacked,
            replacing,
        ]
    }

    package init(fields: Fields) throws(EncodingError) {
        self.init()
        var tag: UInt64 = 1
        func next() throws(EncodingError) -> UInt64 {
            tag += 1
            return try fields.integer(tag)
        }
        isCompared = try fields.integer(1) != 0
        files = try next()
        added = Tally(files: try next(), bytes: try next())
        changed = Tally(files: try next(), bytes: try next())
        removed = Tally(files: try next(), bytes: try next())
        (moved, renamed, endingFiles) = (try next(), try next(), try next())
        (looked, noise, headless) = (try next(), try next(), try next())
        (spoiled, addedNoise) = (try next(), try next())
        (bytesRead, bytesNew, bytesPacked) = (try next(), try next(), try next())
        replacing = try next()
        ending = try fields.bytes(22)
    }
}
