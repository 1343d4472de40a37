/// A directory or a file whose changes somebody wants to hear of. It need not exist yet.
package struct WatchedRoot: Sendable {
    /// Whether an entry is left out: its path relative to the root, and whether it is a directory. What lies under a directory that is
    /// left out is not asked for. Called on threads of the watcher.
    package typealias Exclusion = @Sendable (_ path: UnsafeRawBufferPointer, _ isDirectory: Bool) -> Bool

    /// What its changes are told by, for instance the component's name; several roots may have the same.
    package var id: String
    /// Absolute, with its leading slash and without one at the end.
    package var path: [UInt8]
    package var isExcluded: Exclusion
    /// Whether file systems that are mounted below the root do not belong to it.
    package var staysOnFileSystem: Bool
    /// Relative to the root: what backups themselves write. If it counted, each backup would make the next one due.
    private var omitted: [[UInt8]] = []

    /// `omitted` are absolute paths that never count, such as the repository and this host's state.
    package init(
        id: String, path: [UInt8], omitted: [[UInt8]] = [], staysOnFileSystem: Bool = false,
        isExcluded: @escaping Exclusion = { _, _ in false }
    ) {
        (self.id, self.path, self.staysOnFileSystem, self.isExcluded) = (id, path, staysOnFileSystem, isExcluded)
        while self.path.count > 1, self.path.last == .slash { self.path.removeLast() }
        self.omitted = omitted.compactMap { PathBytes.relative($0, to: self.path) }.filter { !$0.isEmpty }
    }

    /// Whether changes of an entry do not count, given that those of its directory do.
    func leavesOut(_ relative: [UInt8], isDirectory: Bool) -> Bool {
        if relative.isEmpty { return false }
        if omitted.contains(relative) { return true }
        return relative.withUnsafeBytes { isExcluded($0, isDirectory) }
    }

    /// The same, when nothing is known of the directories above it.
    func leavesOutAnyPart(of relative: [UInt8], isDirectory: Bool) -> Bool {
        for index in relative.indices where relative[index] == .slash {
            if leavesOut(Array(relative[..<index]), isDirectory: true) { return true }
        }
        return leavesOut(relative, isDirectory: isDirectory)
    }

    /// Whether another root is watched in the same way, as far as values can tell.
    func isLike(_ other: WatchedRoot) -> Bool { id == other.id && path == other.path }
}

/// Something happened below roots of this id since it was last told.
package struct ChangedRoot: Sendable, Equatable {
    package enum Cause: String, Sendable, CaseIterable {
        /// Something was written, made, removed, moved, or got other metadata.
        case change
        /// A root came, or came back, or something else lies at its path now.
        case appeared
        case vanished
        /// The kernel lost notifications, so anything may have changed.
        case overflow
        /// From now on it is watched in another way; what changed in between is not known.
        case rewatched
    }

    package var id: String
    package var causes: Set<Cause>
    /// When it was seen, by the watcher's clock: everything that it tells of was done before.
    package var seen: Duration

    package init(id: String, causes: Set<Cause>, seen: Duration) {
        (self.id, self.causes, self.seen) = (id, causes, seen)
    }
}

/// Paths as bytes.
enum PathBytes {
    /// `path` as seen from `base`, empty when they are the same; nil when it does not lie there.
    static func relative(_ path: [UInt8], to base: [UInt8]) -> [UInt8]? {
        if base == [.slash] { return path.first == .slash ? Array(path.dropFirst()) : nil }
        guard path.starts(with: base) else { return nil }
        if path.count == base.count { return [] }
        return path[base.count] == .slash ? Array(path[(base.count + 1)...]) : nil
    }

    static func join(_ base: [UInt8], _ name: some Collection<UInt8>) -> [UInt8] {
        if name.isEmpty { return base }
        return base.isEmpty || base == [.slash] ? base + name : base + [.slash] + name
    }

    /// The directory that holds an absolute path; the root's own is the root.
    static func parent(_ path: [UInt8]) -> [UInt8] {
        guard let slash = path.lastIndex(of: .slash), slash > 0 else { return [.slash] }
        return Array(path[..<slash])
    }

    static func name(_ path: [UInt8]) -> [UInt8] {
        path.lastIndex(of: .slash).map { Array(path[($0 + 1)...]) } ?? path
    }

    /// As system calls take it.
    static func withPointer<R>(_ path: [UInt8], _ body: (UnsafePointer<CChar>) -> R) -> R {
        SystemPath(Array(path.dropFirst())).withPointer { pointer, _ in body(pointer) }
    }
}
