import Foundation

/// The copies of large files that a host keeps for the next backup, as files.
struct KeptVersions {
    let paths: [String]

    init(_ home: String) throws {
        let all = try FileManager.default.subpathsOfDirectory(atPath: home).filter {
            $0.contains("/versions/") && !$0.hasSuffix("/shares")
        }
        paths = all.map { home + "/" + $0 }.filter { path in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
        }.sorted()
    }

    var contents: [[UInt8]] { get throws { try paths.map { Array(try Data(contentsOf: URL(filePath: $0))) } } }

    func damage(_ change: (inout [UInt8]) -> Void) throws {
        for path in paths {
            var bytes = Array(try Data(contentsOf: URL(filePath: path)))
            if bytes.count < 200 { continue }
            change(&bytes)
            try Data(bytes).write(to: URL(filePath: path))
        }
    }

    /// Each under the other's name.
    func exchange() throws {
        let all = try contents
        for (path, bytes) in zip(paths, all.reversed()) { try Data(bytes).write(to: URL(filePath: path)) }
    }

    func removeAll() throws { for path in paths { try FileManager.default.removeItem(atPath: path) } }
}

extension [UInt8] {
    func contains(subsequence: [UInt8]) -> Bool { Data(self).range(of: Data(subsequence)) != nil }
}
