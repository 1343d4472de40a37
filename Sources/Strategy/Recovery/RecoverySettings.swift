import Primitives
import WriteAheadLog

/// What a server is told of its recovery: lines of postgresql.auto.conf, in a marked block of their own.
package struct RecoverySettings: Sendable, Equatable {
    package var target: RecoveryTarget
    /// Whether what happened at the target itself is recovered, too; of a time, a position and a transaction.
    package var isInclusive: Bool
    package var timeline: RecoveryTimeline
    package var action: RecoveryAction
    /// Brings a file of the archive: the server puts its name for %f and where it should go for %p.
    package var restoreCommand: String

    package init(
        target: RecoveryTarget, isInclusive: Bool = true, timeline: RecoveryTimeline = .latest,
        action: RecoveryAction = .pause, restoreCommand: String
    ) {
        (self.target, self.isInclusive, self.timeline) = (target, isInclusive, timeline)
        (self.action, self.restoreCommand) = (action, restoreCommand)
    }

    static let head = "# Recovery by Safehold: begin"
    static let tail = "# Recovery by Safehold: end"

    /// Names and values, the values as they are.
    package var values: [(name: String, value: String)] {
        var values = [("restore_command", restoreCommand), ("recovery_target_timeline", timeline.description)]
        switch target {
        case .end: return values
        case .immediate: values.append(("recovery_target", "immediate"))
        case .time(let time): values.append(("recovery_target_time", RecoveryTime.setting(time)))
        case .position(let position): values.append(("recovery_target_lsn", position.description))
        case .transaction(let number): values.append(("recovery_target_xid", String(number)))
        case .name(let name): values.append(("recovery_target_name", name))
        }
        if target.canBeExcluded { values.append(("recovery_target_inclusive", isInclusive ? "on" : "off")) }
        return values + [("recovery_target_action", action.rawValue)]
    }

    /// The block, with its ends.
    package var block: String {
        let lines = values.map { "\($0.name) = \(Self.quoted($0.value))" }
        return ([Self.head] + lines + [Self.tail]).joined(separator: "\n") + "\n"
    }

    /// What a file says, with the block at its end, in place of one from before. What else it says of a recovery goes: a server that is given two
    /// targets does not start. In whatever encoding the rest is, it stays.
    package func written(into bytes: [UInt8]) -> [UInt8] {
        var kept: [ArraySlice<UInt8>] = []
        var isOurs = false
        for whole in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            let line = whole.last == UInt8(ascii: "\r") ? whole.dropLast() : whole
            if line.elementsEqual(Self.head.utf8) { isOurs = true }
            if !isOurs, !Self.isOfRecovery(line) { kept.append(line) }
            if line.elementsEqual(Self.tail.utf8) { isOurs = false }
        }
        while kept.last?.isEmpty == true { kept.removeLast() }
        return kept.flatMap { $0 + [UInt8(ascii: "\n")] } + Array(block.utf8)
    }

    private static func isOfRecovery(_ line: ArraySlice<UInt8>) -> Bool {
        let rest = line.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let name = String(decoding: rest.prefix { (0x61...0x7A).contains($0 | 0x20) || $0 == 0x5F }, as: UTF8.self)
            .lowercased()
        return name == "restore_command" || name.hasPrefix("recovery_target")
    }

    /// As a configuration file takes a text (PostgreSQL documentation, 20.1.2): one quote is two, and a backslash stands before what follows.
    package static func quoted(_ text: String) -> String {
        let inner = text.escaping { scalar in
            switch scalar {
            case "'": "''"
            case "\\": "\\\\"
            case "\n": "\\n"
            case "\r": "\\r"
            default: nil
            }
        }
        return "'\(inner)'"
    }

    /// `words` as one line that a shell takes apart into them again. Where it goes into restore_command, a percent sign is doubled, for the server
    /// puts something in the place of a single one; `placeholders` come behind as they are.
    package static func command(_ words: [String], placeholders: [String]) -> String {
        let given = words.map { shellWord($0).replacing("%", with: "%%") }
        return (given + placeholders.map { "\"\($0)\"" }).joined(separator: " ")
    }

    private static func shellWord(_ word: String) -> String {
        let isPlain = word.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "/.-_:=,@%+".utf8.contains(byte)
            }
        }
        return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
