import Primitives

/// Until when somebody must have been told of a breach, from when it was known.
package enum LegalDeadline: String, Sendable, CaseIterable {
    /// Regulation (EU) 2016/679, article 33(1): the supervisory authority.
    case authority = "gdpr-authority"
    /// 45 CFR 164.404(b), 164.408(b): the persons and, of 500 or more, the Secretary.
    case persons = "hipaa-persons"

    package var within: Duration {
        switch self {
        case .authority: .seconds(72 * 3600)
        case .persons: .seconds(60 * 86_400)
        }
    }

    package var words: String {
        switch self {
        case .authority: "the supervisory authority (GDPR, article 33)"
        case .persons: "the persons concerned and HHS (45 CFR 164.404, 164.408)"
        }
    }

    package func end(known: Timestamp) -> Timestamp { known.later(by: within) }
}
