import Primitives
import RepositoryEngine
import Strategy
import WriteAheadLog

/// What a repository has of a cluster's write-ahead log, as far as planning a recovery goes.
struct ArchivedLog {
    private(set) var archive: RecoveryArchive
    /// Why histories that are there cannot be read, by timeline.
    private(set) var unreadHistories: [UInt32: Failure] = [:]

    private struct Copy {
        var file: ArchivedFile
        var snapshot: CatalogedSnapshot
    }

    /// By what the tags of its snapshots say; only histories of timelines are read.
    init(_ request: RecoveryRequest, of system: UInt64, size: SegmentSize, in opened: OpenedRepository) throws {
        archive = RecoveryArchive(segmentSize: size)
        for (name, copies) in Self.copies(request, of: system, in: opened) {
            switch name {
            case .segment(let segment):
                if let number = segment.number(size) { add(copies.map(\.file), segment.timeline, number) }
            case .history(let timeline):
                do throws(Failure) {
                    archive.histories[timeline] = try Self.history(timeline, copies, request, opened)
                } catch {
                    // Whoever does not need it is not to be stopped by it.
                    guard error.code.class == .integrity || error.code == .walConflict else { throw error }
                    archive.unreadHistories.insert(timeline)
                    unreadHistories[timeline] = error
                }
            case .partial, .backup: continue
            }
        }
    }

    /// What the archive has under these names; not in it are those that it does not have.
    static func digests(
        of names: Set<LogFileName>, _ request: RecoveryRequest, _ system: UInt64, in opened: OpenedRepository
    ) throws -> [LogFileName: Set<Digest32>] {
        names.isEmpty
            ? [:] : copies(request, of: system, in: opened, named: names).mapValues { Set($0.map(\.file.digest)) }
    }

    /// By name; of those names only, where any are given.
    private static func copies(
        _ request: RecoveryRequest, of system: UInt64, in opened: OpenedRepository, named: Set<LogFileName>? = nil
    ) -> [LogFileName: [Copy]] {
        var copies: [LogFileName: [Copy]] = [:]
        for snapshot in opened.catalog.committed {
            guard let description = try? snapshot.description(opener: opened.opener),
                let files = ArchivedFiles(component: description.component, tags: description.tags),
                ArchivedFiles.component(ofLine: description.component) == request.component,
                request.host.map({ $0 == description.host }) ?? true, files.system.map({ $0 == system }) ?? true
            else { continue }
            for file in files.files where named?.contains(file.name) ?? true {
                copies[file.name, default: []].append(Copy(file: file, snapshot: snapshot))
            }
        }
        return copies
    }

    private mutating func add(_ copies: [ArchivedFile], _ timeline: UInt32, _ number: UInt64) {
        guard let written = copies.map(\.written).max() else { return }
        // A kernel's clock of files is a little behind, and some file systems cut times off to the second.
        archive.segments[timeline, default: [:]][number] = written.later(by: .nanoseconds(999_999_999))
        if Set(copies.map(\.digest)).count > 1 { archive.conflicts[timeline, default: []].insert(number) }
    }

    private static func history(
        _ timeline: UInt32, _ copies: [Copy], _ request: RecoveryRequest, _ opened: OpenedRepository
    ) throws(Failure) -> TimelineHistory {
        let name = LogFileName.history(timeline: timeline)
        guard Set(copies.map(\.file.digest)).count < 2 else { throw conflict(name.description, request) }
        var trouble = Failure.damaged("The file \(name) of the archive", "is no history of a timeline")
        for copy in copies {
            do {
                let bytes = try opened.open(copy.snapshot).content(
                    of: ArchivedFiles.path(name, of: request.component), limit: 1 << 20)
                let text = String(decoding: bytes, as: UTF8.self)
                if let history = TimelineHistory(timeline: timeline, text: text) { return history }
            } catch let failure as Failure {
                guard failure.code.class == .integrity else { throw failure }
                trouble = failure
            } catch {
                trouble = .damaged("The file \(name) of the archive", (error as? EncodingError)?.problem ?? "\(error)")
            }
        }
        throw trouble
    }

    static func conflict(_ name: String, _ request: RecoveryRequest) -> Failure {
        Failure(
            .walConflict,
            "\(name), which leads to \(request.target.words), was archived more than once, with different content.",
            advice:
                "'safehold wal check \(request.component)' names the snapshots: find out which server wrote which, and drop the wrong one with 'safehold forget'."
        )
    }
}
