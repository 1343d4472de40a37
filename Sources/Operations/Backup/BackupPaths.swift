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

    static func missing(_ root: [UInt8], _ number: Int32) -> Failure {
        Failure(
            .sourceMissing,
            "Cannot back up /\(String(decoding: root, as: UTF8.self)): \(String(cString: strerror(number))).",
            advice: "Check the path and that its file system is mounted. Nothing was written.")
    }

    static func check(_ roots: [[UInt8]], repository: [UInt8]?) throws {
        guard !roots.isEmpty else {
            throw Failure(.usage, "There is nothing to back up.", advice: "Name at least one path.")
        }
        for root in roots {
            if let repository, PathOrder.isInside(root, repository) {
                throw Failure(
                    .sourceInsideRepository, "/\(String(decoding: root, as: UTF8.self)) lies inside the repository.",
                    advice: "Back up something else: a repository inside itself would grow for ever.")
            }
        }
    }
}
