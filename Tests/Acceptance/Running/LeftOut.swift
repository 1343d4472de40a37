import Foundation
import Testing

/// Part of a test that this machine cannot do. It is said in the output; under continuous integration, where nobody reads that, it
/// is an issue.
enum LeftOut {
    private static let isError = ProcessInfo.processInfo.environment["CI"] == "true"

    static func say(_ part: String, _ reason: Comment, sourceLocation: SourceLocation = #_sourceLocation) {
        let test = Test.current.map { $0.displayName ?? $0.name } ?? "a test"
        FileHandle.standardError.write(Data("left out of \"\(test)\": \(part): \(reason.rawValue)\n".utf8))
        if isError { Issue.record("left out: \(part): \(reason)", sourceLocation: sourceLocation) }
    }
}
