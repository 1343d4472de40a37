import Primitives

/// What programs of the system say when they are asked in an emergency.
enum SystemWords {
    /// In lines for a person; who is not here, or does not answer within half a minute, is said to be so.
    static func said(_ words: [String]) -> [String] {
        do {
            let end = try BoundedProgram(words, timeout: .seconds(30)).run()
            let lines = String(decoding: end.output, as: UTF8.self).split(whereSeparator: \.isNewline).map(String.init)
            return lines + (end.problem.map { ["it \($0)"] } ?? [])
        } catch {
            return ["\(words[0]) is not here"]
        }
    }
}
