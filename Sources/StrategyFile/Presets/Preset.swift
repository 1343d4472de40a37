/// A strategy file to begin with.
package enum Preset: String, Sendable, CaseIterable {
    /// The strategy of a hospital information system: seven components, three kinds of stores, eight contacts.
    case iqhis

    /// The file's text. `project` is a name as the file may bear it.
    package func text(project: String? = nil) -> String {
        let text =
            switch self {
            case .iqhis: Self.iqhisText
            }
        return project.map { text.replacing("\nproject: \(rawValue)\n", with: "\nproject: \($0)\n") } ?? text
    }

    /// Whether a project may be called so.
    package static func isProjectName(_ name: String) -> Bool { Entry.isName(name) }
}
