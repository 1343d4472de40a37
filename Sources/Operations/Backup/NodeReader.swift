import Capture
import Glibc
import Primitives
import RepositoryEngine

/// Reads what belongs to an entry that is no file: a symbolic link's target, and extended attributes.
struct NodeReader {
    let pipeline: ContentPipeline

    /// Completes the record from the entry itself, reached below its root. False when the entry is not there any more, or is a link
    /// that cannot be read; that is reported.
    func complete(_ record: inout ListingRecord, below root: SourceRoot?) -> Bool {
        guard let root else { return false }
        do {
            let entry = try root.entry(at: record.path)
            if record.kind == .symbolicLink { record.target = try entry.target() }
            set(Self.orByPath(entry.attributes(), record), on: &record)
            return true
        } catch {
            return giveUp(record, error.number)
        }
    }

    /// The attributes of a directory above a root. It is named by whoever names the root, and not followed.
    func readAncestor(_ record: inout ListingRecord) {
        set(AttributeReading.attributes(at: SystemPath(record.path)), on: &record)
    }

    private typealias Attributes = Result<[AttributeReading.Attribute], AttributeReading.Errno>

    /// Where /proc is not mounted, there is no other way to them than the path.
    private static func orByPath(_ attributes: Attributes, _ record: ListingRecord) -> Attributes {
        guard case .failure(let errno) = attributes, errno.number == ENOSYS else { return attributes }
        return AttributeReading.attributes(at: SystemPath(record.path))
    }

    private func set(_ attributes: Attributes, on record: inout ListingRecord) {
        switch attributes {
        case .success(let attributes): record.set(attributes)
        case .failure(let errno) where errno.number == ENOENT: break
        case .failure(let errno): reportAttributes(record, errno.number)
        }
    }

    /// Whether an errno says that what was there is gone, or that a link stands where a directory stood.
    static func isGone(_ number: Int32) -> Bool { [ENOENT, ENOTDIR, ELOOP, EXDEV].contains(number) }

    /// Whether the record is kept all the same.
    private func giveUp(_ record: ListingRecord, _ number: Int32) -> Bool {
        let isGone = Self.isGone(number)
        switch record.kind {
        case .directory:
            // The walk goes into it next and reports when it is gone; what it has read of it already stays.
            if number != ENOENT { reportAttributes(record, number) }
            return true
        case .symbolicLink:
            pipeline.report(
                record.path, isGone ? .vanished : .unreadable,
                isGone ? "it disappeared before it was read" : String(cString: strerror(number)))
            return false
        default:
            guard isGone else {
                reportAttributes(record, number)
                return true
            }
            pipeline.report(record.path, .vanished, "it disappeared before it was read")
            return false
        }
    }

    private func reportAttributes(_ record: ListingRecord, _ number: Int32) {
        pipeline.report(
            record.path, .metadata, "its extended attributes cannot be read: \(String(cString: strerror(number)))")
    }
}
