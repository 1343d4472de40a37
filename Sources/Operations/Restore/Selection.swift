import Primitives
import RepositoryEngine

/// Which entries of a snapshot are wanted, and where they go. Paths come in listing order, without a leading slash.
struct Selection {
    /// Of single files, and nothing else; in the listing's order.
    private let files: ChosenFiles?
    private let paths: [[UInt8]]
    private let patterns: [GlobPattern]
    private let roots: [[UInt8]]
    private let strip: Bool
    /// What is left out of every path where components are restored; takes the place of `strip`.
    private let parent: [UInt8]?
    /// The directory that a pattern selected last; all that is inside it follows at once.
    private var selectedTree: [UInt8]?
    private(set) var matched = false

    init(
        _ wanted: [String], files: [[UInt8]]? = nil, roots: [[UInt8]], strip: Bool, parent: [UInt8]? = nil
    ) throws {
        self.files = files.map(ChosenFiles.init)
        paths = wanted.filter { !GlobPattern.isPattern($0) }.map(Self.relative)
        patterns = wanted.filter(GlobPattern.isPattern).map { GlobPattern($0) }
        self.roots = roots.map { Self.relative(String(decoding: $0, as: UTF8.self), bytes: $0) }
        self.strip = strip
        self.parent = parent
        let lasts = self.roots.map { $0.split(separator: 0x2F).last.map { Array($0) } ?? [] }
        guard !strip || parent != nil || lasts.count < 2 || Set(lasts).count == lasts.count else {
            throw Failure(
                .usage,
                "Two of the backed-up trees have the same last name, so they would fall on one another under the target.",
                advice: "Restore without --strip, or restore them one at a time by their paths.")
        }
    }

    private static func relative(_ text: String) -> [UInt8] { relative(text, bytes: Array(text.utf8)) }

    private static func relative(_ text: String, bytes: [UInt8]) -> [UInt8] {
        Array(bytes.split(separator: 0x2F).joined(separator: [0x2F]))
    }

    var selectsAll: Bool { files == nil && paths.isEmpty && patterns.isEmpty }

    /// Whether the part of a listing behind `reference` can hold a wanted entry or a directory on the way to one.
    func mayHold(_ reference: ListingReference) -> Bool {
        if selectsAll { return true }
        if let files { return files.mayLie(in: reference) }
        return (paths + patterns.map(\.prefix)).contains { path in
            if path.isEmpty || reference.mayHold(path) { return true }
            return Self.ancestors(of: path).contains {
                PathOrder.compare(reference.firstPath, $0) <= 0 && PathOrder.compare($0, reference.lastPath) <= 0
            }
        }
    }

    private static func ancestors(of path: [UInt8]) -> [[UInt8]] {
        path.indices.filter { path[$0] == 0x2F }.map { Array(path[..<$0]) }
    }

    mutating func wants(_ path: [UInt8]) -> Bool {
        if selectsAll { return true }
        if let files {
            guard files.contains(path) else { return false }
            matched = true
            return true
        }
        if let tree = selectedTree {
            if PathOrder.isInside(path, tree) { return true }
            selectedTree = nil
        }
        guard paths.contains(where: { PathOrder.isInside(path, $0) }) || patterns.contains(where: { $0.matches(path) })
        else { return false }
        selectedTree = path
        matched = true
        return true
    }

    /// Where the entry at `path` goes, relative to the target; nil for what stripping leaves out.
    func destination(_ path: [UInt8]) -> [UInt8]? {
        if let parent {
            guard PathOrder.isInside(path, parent) else { return nil }
            return Array(path.dropFirst(parent.isEmpty || path.count == parent.count ? parent.count : parent.count + 1))
        }
        guard strip else { return path }
        guard let root = roots.first(where: { PathOrder.isInside(path, $0) }) else { return nil }
        if roots.count == 1 {
            return Array(path.dropFirst(root.isEmpty || path.count == root.count ? root.count : root.count + 1))
        }
        let parent = root.lastIndex(of: 0x2F).map { $0 + 1 } ?? 0
        return Array(path.dropFirst(parent))
    }

    /// Whether the entry is the very thing that was backed up; as a file it keeps its name.
    func isRoot(_ path: [UInt8]) -> Bool { roots.contains(path) }
}

/// Single files out of a listing, however many.
private struct ChosenFiles {
    private let files: Set<[UInt8]>
    /// The files and the directories on the way to them, in the listing's order.
    private let onTheWay: [[UInt8]]

    init(_ paths: [[UInt8]]) {
        files = Set(paths)
        var all = files
        for path in paths {
            for index in path.indices where path[index] == 0x2F { all.insert(Array(path[..<index])) }
        }
        onTheWay = all.sorted { PathOrder.compare($0, $1) < 0 }
    }

    func contains(_ path: [UInt8]) -> Bool { files.contains(path) }

    func mayLie(in reference: ListingReference) -> Bool {
        var (low, high) = (0, onTheWay.count)
        while low < high {
            let middle = (low + high) / 2
            if PathOrder.compare(onTheWay[middle], reference.firstPath) < 0 { low = middle + 1 } else { high = middle }
        }
        return low < onTheWay.count && PathOrder.compare(onTheWay[low], reference.lastPath) <= 0
    }
}
