import Foundation
import Testing

/// The program's commands as it describes itself to scripts, from which its help comes too.
struct DescribedCommand {
    /// Such as `keys add`; empty for the program itself.
    var words: [String]
    var subcommands: [String]
    /// Long and short, with their dashes.
    var options: [String]

    /// All commands, each behind its parent.
    static let all = Result {
        let text = try ChildProcess.run([program, "--experimental-dump-help"]).mustBe(0).output
        let dump = try #require(try JSONSerialization.jsonObject(with: Data(text)) as? [String: Any])
        return try of(try #require(dump["command"] as? [String: Any]), [])
    }

    private static func of(_ command: [String: Any], _ words: [String]) throws -> [DescribedCommand] {
        let children = (command["subcommands"] as? [[String: Any]] ?? []).filter { isShown($0) && name($0) != "help" }
        let arguments = (command["arguments"] as? [[String: Any]] ?? []).filter(isShown)
        let options = arguments.flatMap { $0["names"] as? [[String: Any]] ?? [] }.map {
            ($0["kind"] as? String == "long" ? "--" : "-") + ($0["name"] as? String ?? "?")
        }
        let itself = DescribedCommand(words: words, subcommands: children.map(name), options: options)
        return [itself] + (try children.flatMap { try of($0, words + [name($0)]) })
    }

    private static func name(_ command: [String: Any]) -> String { command["commandName"] as? String ?? "?" }
    private static func isShown(_ part: [String: Any]) -> Bool { part["shouldDisplay"] as? Bool ?? true }
}
