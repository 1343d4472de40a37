/// What a bucket does with a name that is written again or deleted.
package enum Versioning: Sendable, Equatable {
    /// It keeps the newest only, or we may not ask.
    case off
    /// It keeps every version and gives each an id of its own.
    case on
    /// It keeps the versions of the time when it was on, and otherwise the newest only.
    case suspended

    /// What an answer to `?versioning` says; nil where it says nothing of it.
    init?(_ answer: S3Answer) {
        switch answer.status {
        case 200..<300:
            guard let document = try? XMLDocument(answer.body), document.root.name == "VersioningConfiguration" else {
                return nil
            }
            switch document.root.text(of: "Status") {
            case nil: self = .off
            case "Enabled": self = .on
            case "Suspended": self = .suspended
            default: return nil
            }
        // Not for us to know, or nothing that this server has.
        case 403 where ["", "AccessDenied"].contains(answer.code): self = .off
        case 404 where answer.code != "NoSuchBucket": self = .off
        case 405, 501: self = .off
        default: return nil
        }
    }
}
