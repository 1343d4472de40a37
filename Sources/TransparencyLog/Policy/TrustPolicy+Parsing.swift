import Primitives

extension TrustPolicy {
    /// Lines of words; `#` begins a comment. Names stand above where they are used.
    package init(parsing bytes: [UInt8]) throws(EncodingError) {
        self.init()
        guard bytes.count <= 1 << 20 else { throw EncodingError("is larger than a MiB") }
        guard bytes.last == NoteText.newline || bytes.isEmpty else { throw EncodingError("ends within a line") }
        var (number, hasQuorum, used) = (0, false, Set<Name>())
        var rest = bytes[...]
        while let line = NoteText.takeLine(&rest) {
            number += 1
            do throws(EncodingError) {
                try read(Self.words(line), &hasQuorum, &used)
            } catch {
                throw EncodingError("\(error.problem), in line \(number)")
            }
        }
        guard hasQuorum else { throw EncodingError("has no line that begins with 'quorum'") }
    }

    package init(_ text: String) throws(EncodingError) { try self.init(parsing: Array(text.utf8)) }

    private static func words(_ line: ArraySlice<UInt8>) throws(EncodingError) -> [[UInt8]] {
        guard line.allSatisfy({ $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }) else {
            throw EncodingError("has a control character")
        }
        let words = line.split { $0 == 0x09 || $0 == 0x20 }.map { Array($0) }
        return words.first?.first == UInt8(ascii: "#") ? [] : words
    }

    private mutating func read(
        _ words: [[UInt8]], _ hasQuorum: inout Bool, _ used: inout Set<Name>
    ) throws(EncodingError) {
        guard let first = words.first else { return }
        switch String(decoding: first, as: UTF8.self) {
        case "log": try readLog(words)
        case "witness": try readWitness(words)
        case "group": try readGroup(words, &used)
        case "quorum":
            guard words.count == 2, !hasQuorum else { throw EncodingError("has not one quorum of one name") }
            hasQuorum = true
            guard words[1] != Self.none else { return }
            guard isKnown(words[1]) else { throw EncodingError("has a quorum that is neither a witness nor a group") }
            quorum = words[1]
        default: throw EncodingError("has a line that begins with none of 'log', 'witness', 'group' and 'quorum'")
        }
    }

    private mutating func readLog(_ words: [[UInt8]]) throws(EncodingError) {
        guard (2...3).contains(words.count) else { throw EncodingError("has a log with not one key and one URL") }
        try add(log: VerifierKey(parsing: words[1]), url: words.count > 2 ? words[2] : nil)
    }

    private mutating func readWitness(_ words: [[UInt8]]) throws(EncodingError) {
        guard (3...4).contains(words.count) else { throw EncodingError("has a witness with not one name, key and URL") }
        try add(witness: words[1], VerifierKey(parsing: words[2]), url: words.count > 3 ? words[3] : nil)
    }

    private mutating func readGroup(_ words: [[UInt8]], _ used: inout Set<Name>) throws(EncodingError) {
        guard words.count >= 4 else { throw EncodingError("has a group without members") }
        let members = Array(words[3...])
        let threshold: Int?
        switch String(decoding: words[2], as: UTF8.self) {
        case "all": threshold = members.count
        case "any": threshold = 1
        default: threshold = NoteText.number(words[2]).flatMap { Int(exactly: $0) }
        }
        guard let threshold else { throw EncodingError("has a group that asks for neither all, any nor a number") }
        for member in members where !used.insert(member).inserted {
            throw EncodingError("has '\(String(decoding: member, as: UTF8.self))' twice as a member")
        }
        try add(group: words[1], threshold: threshold, members)
    }

    static let none = Array("none".utf8)

    private func isKnown(_ name: Name) -> Bool {
        witnesses.contains { $0.name == name } || groups.contains { $0.name == name }
    }

    private func checkUnused(_ name: Name) throws(EncodingError) {
        guard name != Self.none, !isKnown(name) else {
            throw EncodingError("gives the name '\(String(decoding: name, as: UTF8.self))' away twice")
        }
    }

    private mutating func add(log key: VerifierKey, url: [UInt8]?) throws(EncodingError) {
        guard key.kind != .cosignature else { throw EncodingError("has a log with a witness's kind of key") }
        guard !logs.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw EncodingError("has two logs with one public key")
        }
        try checkDistinct(key)
        logs.append(Log(key: key, url: url))
    }

    private mutating func add(witness name: Name, _ key: VerifierKey, url: [UInt8]?) throws(EncodingError) {
        guard key.kind != .ed25519 else { throw EncodingError("has a witness with a log's kind of key") }
        guard !witnesses.contains(where: { $0.key.publicKey == key.publicKey }) else {
            throw EncodingError("has two witnesses with one public key")
        }
        try checkUnused(name)
        try checkDistinct(key)
        witnesses.append(Witness(name: name, key: key, url: url))
    }

    private mutating func add(group name: Name, threshold: Int, _ members: [Name]) throws(EncodingError) {
        try checkUnused(name)
        guard members.allSatisfy(isKnown) else { throw EncodingError("has a member that no line above names") }
        guard (1...members.count).contains(threshold) else {
            throw EncodingError("asks for \(threshold) of \(members.count) members")
        }
        groups.append(Group(name: name, threshold: threshold, members: members))
    }

    /// Two keys with one name and one id could not be told apart in a note.
    private func checkDistinct(_ key: VerifierKey) throws(EncodingError) {
        let keys = logs.map(\.key) + witnesses.map(\.key)
        guard !keys.contains(where: { $0.name == key.name && $0.id == key.id }) else {
            throw EncodingError("has two keys with one name and one id")
        }
    }

    /// As it is read again: logs, witnesses, groups, quorum.
    package var bytes: [UInt8] {
        let logs = logs.map { ["log", $0.key.description].map { Array($0.utf8) } + ($0.url.map { [$0] } ?? []) }
        let witnesses = witnesses.map {
            [Array("witness".utf8), $0.name, Array($0.key.description.utf8)] + ($0.url.map { [$0] } ?? [])
        }
        let groups = groups.map {
            [Array("group".utf8), $0.name, Array(String($0.threshold).utf8)] + $0.members
        }
        let lines = logs + witnesses + groups + [[Array("quorum".utf8), quorum ?? Self.none]]
        return lines.flatMap { $0.joined(separator: [NoteText.space]) + [NoteText.newline] }
    }
}

extension TrustPolicy {
    /// The policy of somebody who has one log's two keys, and witnesses of which `threshold` have to have signed. Both of the log's signatures are demanded.
    package static func demanding(
        bothOf log: [VerifierKey], witnesses: [(name: String, key: VerifierKey)] = [], threshold: Int = 0
    ) throws(EncodingError) -> TrustPolicy {
        var policy = TrustPolicy()
        for key in log where key.kind == .ed25519 { try policy.add(log: key, url: nil) }
        let own = Array("log-ml-dsa-65".utf8)
        for key in log where key.kind == .mldsa65 { try policy.add(witness: own, key, url: nil) }
        guard policy.logs.count == 1, policy.witnesses.count == 1 else {
            throw EncodingError("has not one key of each kind for the log")
        }
        policy.quorum = own
        guard threshold > 0 else { return policy }
        for witness in witnesses { try policy.add(witness: Array(witness.name.utf8), witness.key, url: nil) }
        let (all, outside) = (Array("log-and-witnesses".utf8), Array("witnesses".utf8))
        try policy.add(group: outside, threshold: threshold, witnesses.map { Array($0.name.utf8) })
        try policy.add(group: all, threshold: 2, [own, outside])
        policy.quorum = all
        return policy
    }
}
