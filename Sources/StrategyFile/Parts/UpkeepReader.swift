import Strategy

/// What keeps stores in order.
struct UpkeepReader {
    static let keys = ["verify", "forget", "collect", "passphrase-file", "recipient-file"]

    private let entry: Entry
    private let members: Members
    private let base: [UInt8]

    init(_ entry: Entry, base: [UInt8]) {
        (self.entry, self.base) = (entry, base)
        members = entry.members(Self.keys, "a group of schedules such as {verify: weekly on sunday at 03:00}")
    }

    func read() -> UpkeepPlan {
        var upkeep = UpkeepPlan()
        upkeep.verify = members["verify"]?.calendar()
        upkeep.forget = members["forget"]?.calendar()
        upkeep.collect = members["collect"]?.calendar()
        upkeep.passphraseFile = members["passphrase-file"]?.pathText(from: base)
        upkeep.recipientFile = members["recipient-file"]?.pathText(from: base)
        if upkeep.passphraseFile != nil, upkeep.recipientFile != nil {
            members["recipient-file"]?.problem("stands beside 'passphrase-file'; one key is enough, keep one of them")
        }
        if upkeep.passphraseFile == nil, upkeep.recipientFile == nil {
            for name in ["forget", "collect"] where members[name] != nil {
                members[name]?.problem(
                    "takes a key: name 'passphrase-file' or 'recipient-file' here, on a host that is not backed up itself"
                )
            }
        }
        return upkeep
    }
}
