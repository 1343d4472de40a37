import ArgumentParser
import Operations
import Primitives

/// Runs commands for a step of a runbook, and keeps what they printed beside its journal.
final class RunbookDesk {
    private let session: Session
    private let folder: String
    private let step: String
    private var kept: [UInt8] = []

    init(session: Session, folder: String, step: String) {
        (self.session, self.folder, self.step) = (session, folder, step)
    }

    func note(_ lines: [String]) { for line in lines { kept += Array((line + "\n").utf8) } }

    /// Whatever comes of it. Returns the exit status.
    @discardableResult
    func ask(_ words: [String]) -> Int32 { run(words).status }

    /// Throws where it does not end well.
    func require(_ words: [String]) throws { _ = try results(words, accepting: [0]) }

    /// What it printed as its result. Throws where it ends with another status.
    func results(_ words: [String], accepting: Set<Int32>) throws -> String {
        let (status, said) = run(words)
        guard !accepting.contains(status) else { return said.results }
        let name = try keep()
        let why = said.messages.split(whereSeparator: \.isNewline).last.map { " It said: \($0)" } ?? ""
        throw Failure(
            .toolFailed, "'safehold \(words.first ?? "")' ended with status \(status).\(why) See \(name).",
            advice: "Mend what it complains about and run 'safehold emergency next' again, or leave the step out.")
    }

    private func run(_ words: [String]) -> (status: Int32, said: Output.Said) {
        let said = Output.Said()
        let json = words.contains("--json")
        let output = Output(json: json, quiet: false, verbose: false, into: said)
        var status: Int32 = 2
        do {
            guard let verb = try SafeholdCommand.parseAsRoot(words) as? any Verb else {
                throw EncodingError("is no command")
            }
            status = Program.run(verb, session.surroundings, output)
        } catch {
            output.message(SafeholdCommand.message(for: error))
        }
        output.flush()
        note(["$ safehold " + words.map(Self.quoted).joined(separator: " ")])
        kept += Array((said.results + said.messages).utf8)
        note(["(status \(status))", ""])
        return (status, said)
    }

    /// So that a shell reads it as it was.
    private static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte & 0xDF)
                    || Array("-_./:=,@+".utf8).contains(byte)
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }

    /// Durable when this returns. The name of a file beside the journal, one for each attempt.
    func keep() throws -> String {
        let taken = try LocalFile.names(in: folder)
        let name = (1...).lazy.map { "\(self.step)-\($0).txt" }.first { !taken.contains($0) } ?? step
        try LocalFile.write(kept, to: "\(folder)/\(name)")
        return name
    }
}
