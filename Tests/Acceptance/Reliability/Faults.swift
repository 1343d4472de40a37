import Foundation
import Testing

/// faults.c, compiled once and preloaded into the program: calls that fail, and files that change, at an exact place.
enum Faults {
    static let isAvailable = ChildProcess.has("cc")
    static let reason: Comment = "there is no C compiler"

    private static let library = Result {
        let scratch = try Scratch()
        let source = packageRoot.appending(path: "Tests/Acceptance/Reliability/faults.c").path
        try ChildProcess.shell(
            "cc -shared -fPIC -O1 -Wall -Werror -o \"$1\"/faults.so \"$2\" -ldl", scratch.path, source)
        return scratch
    }

    /// What to set so that the faults befall the program.
    static func environment(_ settings: [String: String]) throws -> [String: String] {
        settings.merging(["LD_PRELOAD": try library.get().path + "/faults.so"]) { $1 }
    }

    /// An error, or the end of the process, at the call of this number.
    static func at(_ call: Int, error: Int32, stays: Bool = false) throws -> [String: String] {
        try environment(["FAULT_AT": "\(call)", "FAULT_ERROR": "\(error)", "FAULT_STAYS": stays ? "1" : "0"])
    }

    static func killing(at call: Int) throws -> [String: String] { try at(call, error: 0) }

    /// How many calls a run makes that change a file system.
    static func count(_ words: [String], _ environment: [String: String]) throws -> Int {
        let scratch = try Scratch()
        let file = scratch.path + "/count"
        let ended = try ChildProcess.run(
            words, environment: environment.merging(try Self.environment(["FAULT_COUNT": file])) { $1 })
        try ended.mustBe(0)
        return try #require(Int(try String(contentsOfFile: file, encoding: .utf8)))
    }
}
