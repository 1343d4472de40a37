import CLinux
import Glibc

/// Notification by fanotify(7): one mark for each file system that has roots on it, and nothing to remember of their directories.
/// The kernel tells of the whole file system; what lies outside all roots is dropped here.
final class FanotifyWatch: KernelWatch {
    private struct Root {
        var root: WatchedRoot
        var standing: RootStanding
        var fileSystems: Set<UInt64>
    }

    /// A directory by which a marked file system is reached, and roots on it.
    private struct Mark {
        var id: UInt64
        var path: [UInt8]
        var root: RootNumber
    }

    /// What a directory is to a root.
    private struct Relation {
        var root: RootNumber
        /// Where it lies below the root. Nil when it lies above.
        var below: [UInt8]?
        /// The next name from it towards the root, and whether that is the root.
        var next: [UInt8] = []
        var isNextRoot = false
    }

    /// More than the directories that are busy at once; what is forgotten is asked for again.
    private static let knownLimit = 4096
    let descriptor: Int32
    private var roots: [RootNumber: Root] = [:]
    private var marks: [Mark] = []
    private var known: [ArraySlice<UInt8>: [Relation]] = [:]

    init() throws(InotifyWatch.Refused) {
        descriptor = sh_fanotify_open()
        if descriptor < 0 { throw InotifyWatch.Refused(errno: -descriptor) }
    }

    deinit { close(descriptor) }

    func watch(_ root: WatchedRoot, _ number: RootNumber, _ standing: RootStanding) -> WatchOutcome {
        let places = [standing.anchor] + standing.below.filter { $0.kind == .local }.map(\.point)
        var fileSystems: Set<UInt64> = []
        for place in places {
            switch mark(place, number) {
            case .success(let id): fileSystems.insert(id)
            case .failure(let refused):
                unwatch(number)
                return refused.errno == ENOSPC ? .exhausted : .refused(errno: refused.errno)
            }
        }
        roots[number] = Root(root: root, standing: standing, fileSystems: fileSystems)
        known = [:]
        return .watching
    }

    private func mark(_ path: [UInt8], _ number: RootNumber) -> Result<UInt64, InotifyWatch.Refused> {
        let directory = PathBytes.withPointer(path) { sh_open_listing($0) }
        guard directory >= 0 else { return .failure(.init(errno: -directory)) }
        defer { close(directory) }
        var errno = -sh_can_open_handles(directory)
        if errno == 0 { errno = -sh_fanotify_mark(descriptor, 0, FanotifyEvent.changes, directory) }
        guard errno == 0 else { return .failure(.init(errno: errno)) }
        let id = sh_file_system_id(directory)
        marks.append(Mark(id: id, path: path, root: number))
        return .success(id)
    }

    /// Opens a directory of a marked file system. The one by which it was marked may be gone, or lie below another by now.
    private func reach(_ mark: Mark) -> Int32? {
        var path = mark.path
        while true {
            let directory = PathBytes.withPointer(path) { sh_open_listing($0) }
            if directory >= 0 {
                if sh_file_system_id(directory) == mark.id { return directory }
                close(directory)
            }
            if path == [.slash] { return nil }
            path = PathBytes.parent(path)
        }
    }

    func unwatch(_ number: RootNumber) {
        let ended = marks.filter { $0.root == number }
        marks.removeAll { $0.root == number }
        roots[number] = nil
        known = [:]
        for mark in ended where !marks.contains(where: { $0.id == mark.id }) {
            guard let directory = reach(mark) else { continue }
            _ = sh_fanotify_mark(descriptor, 1, FanotifyEvent.changes, directory)
            close(directory)
        }
    }

    func read(into findings: inout WatchFindings) {
        withUnsafeTemporaryAllocation(byteCount: 64 << 10, alignment: 8) { buffer in
            while FanotifyEvent.read(descriptor, into: buffer, { handle($0, &findings) }) {}
        }
    }

    private func handle(_ event: FanotifyEvent, _ findings: inout WatchFindings) {
        if event.isOverflow {
            known = [:]
            findings.overflowed.formUnion(roots.keys)
            findings.unsettled.formUnion(roots.keys)
            return
        }
        for relation in relations(of: event.directory) { judge(event, relation, &findings) }
        // Paths below it are others now.
        if event.movesDirectory { known = [:] }
    }

    private func judge(_ event: FanotifyEvent, _ relation: Relation, _ findings: inout WatchFindings) {
        guard let below = relation.below else {
            guard event.name.elementsEqual(relation.next) else { return }
            if relation.isNextRoot { findings.changed.insert(relation.root) }
            if event.isComing { findings.unsettled.insert(relation.root) }
            return
        }
        let path = PathBytes.join(below, event.name)
        if roots[relation.root]?.root.leavesOut(path, isDirectory: event.isDirectory) == false {
            findings.changed.insert(relation.root)
        }
    }

    private func relations(of directory: ArraySlice<UInt8>) -> [Relation] {
        if let relations = known[directory] { return relations }
        guard directory.count > 8 else { return [] }
        let id = directory.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) }
        var (relations, isCertain): ([Relation], Bool) = ([], true)
        for (number, root) in roots where root.fileSystems.contains(id) {
            switch path(of: directory.dropFirst(8), as: number, on: id) {
            case .at(let path): relations += self.relations(of: path, to: root, number)
            case .gone: continue
            case .unclear: isCertain = false
            }
        }
        if known.count >= Self.knownLimit { known = [:] }
        if isCertain { known[directory] = relations }
        return relations
    }

    private enum Whereabouts {
        case at([UInt8])
        /// It was removed, of which its parent tells.
        case gone
        case unclear
    }

    /// Where a directory lies, as seen by the mounts of a root.
    private func path(of handle: ArraySlice<UInt8>, as number: RootNumber, on id: UInt64) -> Whereabouts {
        var result = Whereabouts.gone
        for mark in marks where mark.root == number && mark.id == id {
            guard let mount = reach(mark) else {
                result = .unclear
                continue
            }
            defer { close(mount) }
            let opened = handle.withUnsafeBytes { sh_open_handle(mount, $0.baseAddress) }
            guard opened >= 0 else { continue }
            defer { close(opened) }
            var status = sh_stat()
            guard sh_fstat(opened, &status) == 0, status.nlink > 0, let path = OpenedPath.of(opened) else { continue }
            return .at(path)
        }
        return result
    }

    private func relations(of path: [UInt8], to root: Root, _ number: RootNumber) -> [Relation] {
        let real = root.standing.realPath
        if let below = PathBytes.relative(path, to: real) {
            // Its own directories count; a root that is none, or not there, has no entries.
            return root.standing.kind == .directory && belongs(below, root)
                ? [Relation(root: number, below: below)] : []
        }
        // By its own name as well: a symbolic link on the way may go.
        return Set([real, root.root.path]).compactMap { end in
            guard let towards = PathBytes.relative(end, to: path) else { return nil }
            let next = Array(towards.prefix { $0 != .slash })
            return Relation(root: number, below: nil, next: next, isNextRoot: next.count == towards.count)
        }
    }

    private func belongs(_ below: [UInt8], _ root: Root) -> Bool {
        !root.root.leavesOutAnyPart(of: below, isDirectory: true)
    }
}
