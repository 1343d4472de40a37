import Strategy

/// Those who are told.
struct ContactReader {
    static let keys = ["roles", "email", "webhook", "command"]
    let base: [UInt8]

    func read(_ entry: Entry?) -> [Contact] {
        guard let entry else { return [] }
        return entry.named("a group of contacts by their names, such as {backup-administrator: {email: …}},").all.map {
            name, entry in
            contact(name, entry)
        }
    }

    private func contact(_ name: String, _ entry: Entry) -> Contact {
        let members = entry.members(Self.keys, "a contact such as {email: name@hospital.org}")
        var channels: [Contact.Channel] = []
        for item in members["email"]?.items("an address or a list of them") ?? [] {
            if let address = item.text("an address").flatMap({ mail($0, item) }) {
                channels.append(.email(address: address))
            }
        }
        if let webhook = members["webhook"], let channel = self.webhook(webhook) { channels.append(channel) }
        if let command = members["command"] {
            let words = command.command()
            if !words.isEmpty { channels.append(.command(words)) }
        }
        if let list = members["email"], list.isEmptyList { list.problem("names no address") }
        if members.isGroup, channels.isEmpty, members["email"] == nil, members["webhook"] == nil,
            members["command"] == nil
        {
            entry.problem("cannot be reached: give 'email', 'webhook' or 'command'")
        }
        let roles = members["roles"]?.items("a list of roles such as [security-lead]").compactMap { item in
            item.text().flatMap(item.name)
        }
        return Contact(name: name, roles: roles ?? [name], channels: channels)
    }

    private func mail(_ text: String, _ entry: Entry) -> String? {
        guard entry.isMailAddress(text) else { return nil }
        if text.hasSuffix(".example") || text.hasSuffix("@example.org") || text.hasSuffix("@example.com") {
            entry.warn("'\(text)' is a placeholder: nobody gets what is sent there")
        }
        return text
    }

    private func webhook(_ entry: Entry) -> Contact.Channel? {
        let members = entry.members(["url", "secret-file"], "a webhook such as {url: https://…, secret-file: …}")
        let url = members.required("url", "where it is sent to, https://…")
        let secret = members.required("secret-file", "the file with the secret that messages are signed with")
        guard let url, let text = url.text("an address"), let file = secret?.pathText(from: base) else { return nil }
        if !text.hasPrefix("https://") { url.problem("does not begin with 'https://': messages go over TLS only") }
        return .webhook(url: text, secretFile: file)
    }
}

extension Entry {
    /// Bare, without a name around it.
    func isMailAddress(_ text: String) -> Bool {
        let sides = text.split(separator: "@", omittingEmptySubsequences: false)
        let isAddress =
            sides.count == 2 && sides.allSatisfy { !$0.isEmpty }
            && !text.contains { $0.isWhitespace || "<>(),;:\"[]".contains($0) }
        if !isAddress { problem("'\(Entry.clipped(text))' is no e-mail address such as name@hospital.org") }
        return isAddress
    }
}
