import Validation
import WriteAheadLog

/// Whether each page of a relation's file in a base backup has its checksum. Pages that were written while the backup was made are left to the
/// log, which brings them.
package struct RelationContentCheck: ContentCheck {
    private var pages: PageCheck

    /// `path` is below the data directory, or below `tablespace`'s own. Nil for files that have no pages.
    package init?(_ path: [UInt8], tablespace: UInt32?, start: LogSequenceNumber) {
        guard let relation = RelationFile(path, tablespace: tablespace) else { return nil }
        pages = PageCheck(relation, PageCheck.Format(start: start))
    }

    package mutating func take(_ bytes: UnsafeRawBufferPointer) { pages.take(bytes) }

    package func verdict() -> Validity {
        guard pages.damagedCount > 0 else { return .valid }
        let more =
            pages.damagedCount > pages.damaged.count ? " and \(pages.damagedCount - pages.damaged.count) more" : ""
        let blocks = pages.damaged.map(String.init).joined(separator: ", ")
        return .damaged("has \(pages.damagedCount) pages without their checksums: block \(blocks)\(more)")
    }

    package var damagedParts: [String] { pages.damaged.map { "block \($0)" } }
}
