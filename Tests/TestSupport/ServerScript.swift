import Foundation

/// A server that a script in Tests/Servers started for this process, with which it ends.
struct ServerScript {
    struct DidNotStart: Error { var said: String }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    let folder: String
    private let said: String

    private init(said: String, folder: String) { (self.said, self.folder) = (said, folder) }

    /// In a folder that begins so; `words` come behind it and the number of this process.
    static func start(_ script: String, below start: String, _ words: String...) throws -> ServerScript {
        let folder = "\(start)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let process = String(ProcessInfo.processInfo.processIdentifier)
        return ServerScript(said: try run(script, ["start", folder, process] + words), folder: folder)
    }

    /// What it printed.
    static func run(_ script: String, _ words: [String]) throws -> String {
        let process = Process()
        process.executableURL = root.appending(path: "Tests/Servers/\(script)")
        process.arguments = words
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw DidNotStart(said: said) }
        return said
    }

    /// What is printed behind NAME=.
    static func value(_ name: String, in said: String) throws -> String {
        guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix(name + "=") }) else {
            throw DidNotStart(said: said)
        }
        return String(line.dropFirst(name.count + 1))
    }

    func value(_ name: String) throws -> String { try Self.value(name, in: said) }
}
