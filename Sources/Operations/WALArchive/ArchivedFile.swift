import Primitives
import RepositoryEngine
import WriteAheadLog

/// A file of a server's log in the archive: what a snapshot's tags say of it.
package struct ArchivedFile: Sendable, Equatable {
    package var name: LogFileName
    /// SHA-256 of its content.
    package var digest: Digest32
    /// When the server wrote it last.
    package var written: Timestamp

    package init(name: LogFileName, digest: Digest32, written: Timestamp) {
        (self.name, self.digest, self.written) = (name, digest, written)
    }

    private static let prefix = "wal="

    /// `wal=NAME;sha256=DIGEST;written=NANOSECONDS`, since 1970.
    var tag: String { "\(Self.prefix)\(name);sha256=\(digest.hex);written=\(written.nanoseconds)" }

    /// Nil for a tag that is something else's.
    init?(tag: String) {
        guard tag.hasPrefix(Self.prefix) else { return nil }
        let parts = tag.dropFirst(Self.prefix.count).split(separator: ";", omittingEmptySubsequences: false)
        guard parts.count == 3, let name = LogFileName(parts[0]), parts[1].hasPrefix("sha256="),
            let digest = Digest32(hex: parts[1].dropFirst(7)), parts[2].hasPrefix("written="),
            let nanoseconds = Int64(parts[2].dropFirst(8))
        else { return nil }
        self.init(name: name, digest: digest, written: Timestamp(nanoseconds: nanoseconds))
    }
}

/// What the tags of a snapshot say, when it is one of a server's log.
package struct ArchivedFiles: Sendable, Equatable {
    package static let tag = "wal"

    package var files: [ArchivedFile]
    /// Of the cluster; nil where the files do not say it, as history files do not.
    package var system: UInt64?
    package var segmentSize: SegmentSize?

    package init(_ files: [ArchivedFile], system: UInt64?, segmentSize: SegmentSize?) {
        (self.files, self.system, self.segmentSize) = (files, system, segmentSize)
    }

    var tags: [String] {
        [Self.tag] + (system.map { ["wal-system=\($0)"] } ?? [])
            + (segmentSize.map { ["wal-segment-size=\($0.bytes)"] } ?? []) + files.map(\.tag)
    }

    /// Nil for a snapshot of something else.
    package init?(component: String, tags: [String]) {
        guard Self.isLog(component: component, tags: tags) else { return nil }
        func value(_ name: String) -> UInt64? {
            tags.lazy.filter { $0.hasPrefix(name) }.compactMap { UInt64($0.dropFirst(name.count)) }.first
        }
        self.init(
            tags.compactMap(ArchivedFile.init(tag:)), system: value("wal-system="),
            segmentSize: value("wal-segment-size=").flatMap { SegmentSize($0) })
    }

    /// Whether a snapshot is one of a server's log, and not a backup that anybody restores by itself.
    package static func isLog(component: String, tags: [String]) -> Bool {
        component.hasSuffix(suffix) && tags.contains(tag)
    }

    /// Snapshots of a component's log are a line of their own: nothing that looks for its newest backup finds them.
    package static func line(of component: String) -> String { component + suffix }

    /// The component whose log it is.
    package static func component(ofLine line: String) -> String { String(line.dropLast(suffix.count)) }

    /// The component that somebody is permitted a line of snapshots by: that of a log belongs to its server. Names of components have no slash.
    package static func owner(ofLine line: String) -> String {
        let name = component(ofLine: line)
        return line.hasSuffix(suffix) && !name.isEmpty && !name.contains("/") ? name : line
    }

    private static let suffix = "/wal"

    /// Where a snapshot has a file of the log: absolute.
    static func path(_ name: LogFileName, of component: String) -> [UInt8] { Array("/\(component)/wal/\(name)".utf8) }
}

extension SnapshotSummary {
    /// Whether it is archived log, and no backup. Without details nobody knows, and it is taken for a backup.
    package var isLog: Bool { details?.isLog ?? false }
}

extension SnapshotDetails {
    package var isLog: Bool { ArchivedFiles.isLog(component: component, tags: tags) }
}

extension CatalogedSnapshot {
    /// The same, as far as the key opens it.
    func isLog(_ opener: SealOpener) -> Bool {
        guard let description = try? description(opener: opener) else { return false }
        return ArchivedFiles.isLog(component: description.component, tags: description.tags)
    }
}
