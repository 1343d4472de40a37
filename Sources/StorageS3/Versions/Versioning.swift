/// What a bucket does with a name that is written again or deleted.
package enum Versioning: Sendable, Equatable {
    /// It keeps the newest only, or we may not ask.
    case off
    /// It keeps every version and gives each an id of its own.
    case on
    /// It keeps the versions of the time when it was on, and otherwise the newest only.
    case suspended

    /// What the answer is called: by S3's reference, and by emulators that have the name from its elder interface.
    static let names = ["VersioningConfiguration", "GetBucketVersioningResponse"]

    /// What an answer to `?versioning` says; nil where it says nothing of it.
    init?(_ answer: S3Answer) {
        switch answer.status {
        case 200..<300:
            guard let root = try? XMLDocument(answer.body).root, Self.names.contains(root.name) else { return nil }
            self.init(root)
        // Not for us to know, or nothing that this server has.
        case 403 where ["", "AccessDenied"].contains(answer.code): self = .off
        case 404 where answer.code != "NoSuchBucket": self = .off
        case 405, 501: self = .off
        default: return nil
        }
    }

    init?(_ root: XMLDocument.Element) {
        switch root.text(of: "Status") {
        case nil: self = .off
        case "Enabled": self = .on
        case "Suspended": self = .suspended
        default: return nil
        }
    }
}
