import Glibc
import Primitives
import RepositoryEngine

/// What is to be backed up, in the form that a listing has it.
enum BackupPaths {
    /// Absolute paths without their leading slash, in listing order, those inside another one left out.
    static func roots(_ paths: [[UInt8]]) -> [[UInt8]] {
        let stripped = paths.map { Array($0.drop { $0 == 0x2F }) }.sorted { PathOrder.compare($0, $1) < 0 }
        var roots: [[UInt8]] = []
        for path in stripped where !roots.contains(where: { PathOrder.isInside(path, $0) }) { roots.append(path) }
        return roots
    }

    /// Trees and streams in listing order.
    static func captured(_ options: BackupOptions) -> [CaptureRoot] {
        let trees = roots(options.paths).map { CaptureRoot(path: $0) }
        let streams = options.streams.map { CaptureRoot(path: Array($0.path.drop { $0 == 0x2F }), stream: $0) }
        let arriving = options.trees.map { CaptureRoot(path: Array($0.path.drop { $0 == 0x2F }), tree: $0) }
        return (trees + streams + arriving).sorted { PathOrder.compare($0.path, $1.path) < 0 }
    }

    static func missing(_ root: [UInt8], _ number: Int32) -> Failure {
        Failure(
            .sourceMissing,
            "Cannot back up /\(String(decoding: root, as: UTF8.self)): \(String(cString: strerror(number))).",
            advice: "Check the path and that its file system is mounted. Nothing was written.")
    }

    static func check(_ options: BackupOptions, repository: [UInt8]?) throws {
        let captured = captured(options)
        guard !captured.isEmpty else {
            throw Failure(.usage, "There is nothing to back up.", advice: "Name at least one path.")
        }
        for root in captured where root.isOnDisk {
            if let repository, PathOrder.isInside(root.path, repository) {
                throw Failure(
                    .sourceInsideRepository, "\(root.text) lies inside the repository.",
                    advice: "Back up something else: a repository inside itself would grow for ever.")
            }
        }
        // A listing holds each path once, and a file holds no others. What is inside a path follows it at once.
        for (root, next) in zip(captured, captured.dropFirst()) where PathOrder.isInside(next.path, root.path) {
            throw Failure(
                .usage, "\(next.text) is to be saved twice: as such, and with \(root.text).",
                advice: "Give the stream a name of its own.")
        }
    }
}

/// Something that is backed up as a whole.
struct CaptureRoot {
    /// As listings have it.
    var path: [UInt8]
    /// Nil, as `tree` is, for what the file system has there.
    var stream: StreamedFile?
    var tree: StreamedTree?

    var isOnDisk: Bool { stream == nil && tree == nil }

    var text: String { "/" + String(decoding: path, as: UTF8.self) }
}
