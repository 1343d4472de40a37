import ArgumentParser
import Operations
import Primitives

struct CompletionsCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Write what a shell needs to complete commands and options.",
        discussion: """
              safehold completions bash > /etc/bash_completion.d/safehold
              safehold completions zsh > ~/.zfunc/_safehold
              safehold completions fish > ~/.config/fish/completions/safehold.fish
            """)

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    @OptionGroup var outputOptions: OutputOptions

    var isForAnybody: Bool { true }

    func run(_ session: Session) throws -> Outcome {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        let script = SafeholdCommand.completionScript(for: kind)
        if session.output.json {
            session.output.record("text") { $0.set("text", script) }
        } else {
            session.output.line(script)
        }
        return .done
    }
}
