/// Something in a strategy file that cannot be meant, or should be looked at.
package struct StrategyProblem: Sendable, Equatable, Comparable {
    /// From 1 on.
    package var line: Int
    package var column: Int
    /// The way to it, such as components.documentation.sources; empty for the file as a whole.
    package var path: String
    /// What is wrong and what is allowed. Never repeats what may be a secret.
    package var text: String

    package init(line: Int, column: Int, path: String, text: String) {
        (self.line, self.column, self.path, self.text) = (line, column, path, text)
    }

    package static func < (x: StrategyProblem, y: StrategyProblem) -> Bool {
        (x.line, x.column, x.text) < (y.line, y.column, y.text)
    }

    /// As compilers write it, so that editors find the place.
    package func described(in file: String) -> String {
        "\(file):\(line):\(column): \(path.isEmpty ? "" : path + ": ")\(text)"
    }
}

/// Everything that keeps a strategy file from being followed, in the order of its lines. Not empty.
package struct StrategyProblems: Error, Sendable, Equatable {
    package var problems: [StrategyProblem]
}
