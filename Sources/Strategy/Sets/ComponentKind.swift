/// The seven kinds of things that a strategy protects (COMP-1 to COMP-7).
package enum ComponentKind: String, Sendable, CaseIterable {
    case documentation
    case source
    case configuration
    case database
    case security
    case testData = "test-data"
    case dependencies

    /// Where an export puts it, as the strategy's recovery commands expect it.
    package var folder: String {
        switch self {
        case .documentation: "docs"
        case .source: "src"
        case .configuration: "config"
        case .database, .security, .testData, .dependencies: rawValue
        }
    }

    package static let tagPrefix = "kind="
    /// What snapshots carry, so that an export knows without the strategy file.
    package var tag: String { Self.tagPrefix + rawValue }
}
