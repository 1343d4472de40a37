import Foundation
import Testing

/// What a failing disk or an attacker does to a file.
enum Damage {
    /// Makes one byte another one, whatever it was; without an offset one in the middle. The file is as long as before.
    static func flip(_ path: String, at given: Int? = nil) throws {
        try ChildProcess.shell("chmod u+w \"$1\"", path)
        let file = try FileHandle(forUpdating: URL(filePath: path))
        defer { try? file.close() }
        let offset = try given.map(UInt64.init) ?? file.seekToEnd() / 2
        try file.seek(toOffset: offset)
        let byte = try #require(try file.read(upToCount: 1)?.first, "\(path) has no byte \(offset)")
        try file.seek(toOffset: offset)
        try file.write(contentsOf: [byte ^ 4])
    }
}
