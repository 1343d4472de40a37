import Foundation

/// A server that a script in Tests/Servers started for this process, with which it ends.
struct ServerScript {
    struct DidNotStart: Error { var said: String }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private let said: String

    /// `environment` is the Python environment that it runs in.
    static func start(_ script: String, below start: String, _ environment: String) throws -> ServerScript {
        let folder = "\(start)-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        let process = Process()
        process.executableURL = root.appending(path: "Tests/Servers/\(script)")
        process.arguments = ["start", folder, String(ProcessInfo.processInfo.processIdentifier), environment]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let said = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        return ServerScript(said: said)
    }

    /// What the script printed behind NAME=.
    func value(_ name: String) throws -> String {
        guard let line = said.split(separator: "\n").first(where: { $0.hasPrefix(name + "=") }) else {
            throw DidNotStart(said: said)
        }
        return String(line.dropFirst(name.count + 1))
    }
}
