import Primitives
import RepositoryEngine
import Strategy
import WriteAheadLog

/// What a repository has of a cluster's write-ahead log.
enum ArchivedLog {
    /// By what the tags of its snapshots say; only histories of timelines are read.
    static func read(_ request: RecoveryRequest, of system: UInt64, size: SegmentSize, in opened: OpenedRepository)
        throws
        -> RecoveryArchive
    {
        var archive = RecoveryArchive(segmentSize: size)
        for snapshot in opened.catalog.committed {
            guard let description = try? snapshot.description(opener: opened.opener),
                let files = ArchivedFiles(component: description.component, tags: description.tags),
                ArchivedFiles.component(ofLine: description.component) == request.component,
                request.host.map({ $0 == description.host }) ?? true, files.system.map({ $0 == system }) ?? true
            else { continue }
            for file in files.files {
                switch file.name {
                case .segment(let segment):
                    guard let number = segment.number(size) else { continue }
                    // A kernel's clock of files is a little behind, and some file systems cut times off to the second.
                    archive.segments[segment.timeline, default: [:]][number] = file.written.later(
                        by: .nanoseconds(999_999_999))
                case .history(let timeline):
                    archive.histories[timeline] = try history(timeline, file.name, request, try opened.open(snapshot))
                case .partial, .backup: continue
                }
            }
        }
        return archive
    }

    private static func history(
        _ timeline: UInt32, _ name: LogFileName, _ request: RecoveryRequest, _ snapshot: OpenedSnapshot
    ) throws -> TimelineHistory {
        let bytes = try snapshot.content(of: ArchivedFiles.path(name, of: request.component), limit: 1 << 20)
        guard let history = TimelineHistory(timeline: timeline, text: String(decoding: bytes, as: UTF8.self)) else {
            throw Failure.damaged("The file \(name) of the archive", "is no history of a timeline")
        }
        return history
    }
}
