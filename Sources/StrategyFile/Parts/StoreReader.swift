import Strategy

/// One of the stores.
struct StoreReader {
    static let keys = ["role", "site", "location", "copy-of", "schedule", "immutability"]

    private let name: String
    private let members: Members
    private let base: [UInt8]

    init(_ name: String, _ entry: Entry, base: [UInt8]) {
        (self.name, self.base) = (name, base)
        members = entry.members(Self.keys, "a store such as {role: primary, site: headquarters, location: /mnt/backup}")
    }

    func read() -> StorePlan? {
        let role = members.required("role", "primary, secondary or offline")?.word(StorePlan.Role.self)
        let site = members.required("site", "the name of the place where it stands")?.text()
        guard let role else { return nil }
        var store = StorePlan(name: name, role: role, site: site ?? "", location: "")
        store.location = location(role) ?? ""
        store.copyOf = members["copy-of"]?.text()
        store.schedule = members["schedule"]?.calendar()
        if let word = members["immutability"]?.word(StorePlan.Immutability.self) { store.immutability = word }
        checkRole(store)
        return store
    }

    private func location(_ role: StorePlan.Role) -> String? {
        if role == .offline {
            members["location"]?.problem("a medium is named when it is put in; an offline store has no 'location'")
            return nil
        }
        guard
            let entry = members.required(
                "location", "a directory, or an address such as s3://BUCKET/PREFIX?endpoint=…"),
            let text = entry.text()
        else { return nil }
        if text.contains("://") || text.hasPrefix("rclone:") {
            if text.hasPrefix("http:") || text.hasPrefix("https:") || text.hasPrefix("file:") {
                entry.problem(
                    "'\(Entry.clipped(text))' is no store; s3://…, sftp://…, rclone:… or a directory is meant")
            }
            return text
        }
        return entry.pathText(from: base)
    }

    private func checkRole(_ store: StorePlan) {
        switch store.role {
        case .primary:
            members["copy-of"]?.problem(
                "a primary store is a copy of none; make its role 'secondary', or leave 'copy-of' out")
            members["schedule"]?.problem(
                "backups come to a primary store when components are due; 'schedule' is for copies")
        case .secondary:
            _ = members.required("copy-of", "the primary store that it is a copy of")
            _ = members.required("schedule", "when it is brought up to date, such as 'every 6h'")
        case .offline: _ = members.required("copy-of", "the primary store that is copied to the media")
        }
    }
}
