import Primitives
import Strategy

/// A program of the user's, started without a shell. It gets the message on its standard input and what it is about in its environment.
/// Status 0 means that the message was taken.
package struct CommandChannel: MessageChannel {
    private let words: [String]
    private let patience: ChannelPatience

    package init(_ words: [String], patience: ChannelPatience = ChannelPatience()) {
        (self.words, self.patience) = (words, patience)
    }

    package func send(_ message: ComposedMessage) throws(MessageFailure) {
        guard let name = words.first, !name.isEmpty else {
            throw MessageFailure("A command for messages has no program.", isHopeless: true)
        }
        var program = BoundedProgram(words, timeout: patience.command)
        program.settings = Self.settings(message)
        program.input = Array(message.text.utf8)
        let end: BoundedProgram.End
        do {
            end = try program.run()
        } catch let failed as ProgramLaunch.Failed {
            throw MessageFailure("The command '\(name)' cannot be started: \(failed.reason).", isHopeless: true)
        } catch {
            throw MessageFailure("The command '\(name)' cannot be started: \(error).")
        }
        guard let problem = end.problem else { return }
        let said = end.lastWords
        throw MessageFailure("The command '\(name)' \(problem).\(said.isEmpty ? "" : " It said: \(said)")")
    }

    private static func settings(_ message: ComposedMessage) -> [String] {
        let first = message.notice.items.first
        let values = [
            ("EVENT", message.event), ("SEVERITY", message.severity.rawValue), ("SUBJECT", message.subject),
            ("PROJECT", message.sender.project), ("HOST", message.sender.host), ("CONTACT", message.notice.contact),
            ("ID", message.identifier), ("INCIDENT", message.incident.map { String($0) } ?? ""),
            ("RECOVERY", message.isRecovery ? "yes" : "no"), ("COUNT", String(message.notice.items.count)),
            ("KEY", message.notice.items.count == 1 ? first?.event.key ?? "" : ""),
            ("TIME", message.notice.made.description),
        ]
        // A zero would end the value; nothing of ours holds one, and what others named might.
        return values.map { "SAFEHOLD_\($0)=\($1.replacing("\0", with: "\u{FFFD}"))" }
    }
}
