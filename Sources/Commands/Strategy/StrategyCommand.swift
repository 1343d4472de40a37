import ArgumentParser

struct StrategyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "strategy",
        abstract: "Look at the strategy file: what it says, whether it can be followed, what it means.",
        discussion: """
            docs/strategy.md describes the file. 'safehold init --preset iqhis' writes one to begin with.

              safehold strategy check
              safehold strategy explain database
              safehold strategy diff safehold.yaml safehold.yaml.new
            """,
        subcommands: [
            StrategyCheckCommand.self, StrategyShowCommand.self, StrategyExplainCommand.self, StrategyDiffCommand.self,
            StrategyHistoryCommand.self, StrategySchemaCommand.self, StrategyAdoptCommand.self,
        ])
}
