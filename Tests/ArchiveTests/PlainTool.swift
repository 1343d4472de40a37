import Foundation

/// Runs programs that are not ours, with their input in a file and a limit on nothing: they end when they have read it.
enum PlainTool {
    struct Ended {
        var status: Int32
        var output: Data
        var errors: String
        var text: String { String(decoding: output, as: UTF8.self) }
    }

    static func run(_ words: [String], in directory: String, input: [UInt8]? = nil) throws -> Ended {
        let scratch = FileManager.default.temporaryDirectory.appending(path: "safehold-tool-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: scratch) }
        func file(_ name: String, _ content: Data = Data()) throws -> FileHandle {
            let place = scratch.appending(path: name)
            try content.write(to: place)
            return try FileHandle(forUpdating: place)
        }
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = URL(filePath: directory)
        process.standardInput = try file("in", Data(input ?? []))
        let (output, errors) = (try file("out"), try file("err"))
        (process.standardOutput, process.standardError) = (output, errors)
        try process.run()
        process.waitUntilExit()
        return Ended(
            status: process.terminationStatus, output: try Data(contentsOf: scratch.appending(path: "out")),
            errors: String(decoding: try Data(contentsOf: scratch.appending(path: "err")), as: UTF8.self))
    }
}
