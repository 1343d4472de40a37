import Strategy
import Yams

/// A strategy file's text, read.
package enum StrategyText {
    /// The tree of the file, with the line and column of each part.
    static func tree(_ text: String) throws -> Node? { try Yams.compose(yaml: text) }
}
