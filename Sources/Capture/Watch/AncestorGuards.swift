import CLinux
import Glibc

/// Watches the directories above roots, each for one name: whether the way to the root is still there, or comes to be. Above a root
/// that is a file, the directory that holds it tells of the file's changes too.
struct AncestorGuards {
    struct Guard {
        var root: RootNumber
        /// The next name on the way.
        var name: [UInt8]
        /// Whether it is the name of a root that is no directory.
        var isFile: Bool
    }

    private var guards: [Int32: [Guard]] = [:]

    var roots: Set<RootNumber> { Set(guards.values.joined().map(\.root)) }
    func isWatched(_ watch: Int32) -> Bool { guards[watch] != nil }
    subscript(watch: Int32) -> [Guard] { guards[watch] ?? [] }

    /// Watches from the top down, so that nothing comes unseen behind the look. Returns an errno, or 0. A directory that must not be
    /// watched is left out: then only the regular look at the root notices.
    mutating func add(_ root: WatchedRoot, _ number: RootNumber, isDirectory: Bool, _ inotify: Int32) -> Int32 {
        var above: [UInt8] = [.slash]
        let names = root.path.split(separator: .slash)
        for (index, name) in names.enumerated() {
            let isFile = index == names.count - 1 && !isDirectory
            let mask = isFile ? InotifyEvent.changes : InotifyEvent.comings
            let watch = PathBytes.withPointer(above) { sh_inotify_add(inotify, $0, mask) }
            if watch == -ENOSPC { return ENOSPC }
            if watch == -ENOENT || watch == -ENOTDIR { return 0 }
            if watch >= 0 { guards[watch, default: []].append(Guard(root: number, name: Array(name), isFile: isFile)) }
            above = PathBytes.join(above, name)
        }
        return 0
    }

    /// Returns numbers that no guard has any more.
    mutating func remove(_ number: RootNumber) -> [Int32] {
        var unused: [Int32] = []
        for watch in guards.keys {
            guards[watch]?.removeAll { $0.root == number }
            if guards[watch]?.isEmpty == true {
                guards[watch] = nil
                unused.append(watch)
            }
        }
        return unused
    }

    func judge(_ event: InotifyEvent, _ findings: inout WatchFindings) {
        for place in self[event.watch] {
            if event.name.isEmpty {
                let isEnd = event.has(Int32(IN_DELETE_SELF), Int32(IN_MOVE_SELF), Int32(IN_IGNORED), Int32(IN_UNMOUNT))
                if isEnd { findings.unsettled.insert(place.root) }
                if event.has(Int32(IN_IGNORED)) { findings.lost.insert(place.root) }
            } else if event.name.elementsEqual(place.name) {
                if place.isFile { findings.changed.insert(place.root) }
                if event.has(Int32(IN_CREATE), Int32(IN_DELETE), Int32(IN_MOVED_FROM), Int32(IN_MOVED_TO)) {
                    findings.unsettled.insert(place.root)
                }
            }
        }
    }
}
