import Primitives
import Sealing

/// One thing that happened to a medium: a line of its journal.
package struct MediumRecord: Sendable, Equatable {
    package enum Event: String, Sendable, CaseIterable {
        case made, copied, checked, repaired, out
        case back = "in"
    }

    package var time: Timestamp
    package var event: Event
    /// Who ran the command.
    package var actor: String
    /// What else there is to say, by the names of docs/media.md.
    package var details: [RecordLine.Field]

    package init(time: Timestamp, event: Event, actor: String, _ details: [(String, String?)]) {
        self.time = Timestamp(nanoseconds: time.nanoseconds.dividedFloor(by: 1_000_000_000) * 1_000_000_000)
        self.event = event
        self.actor = actor
        self.details = details.compactMap { name, value in value.map { RecordLine.Field(name: name, value: $0) } }
    }

    package subscript(_ name: String) -> String? { details.first { $0.name == name }?.value }
    package func number(_ name: String) -> UInt64? { self[name].flatMap { UInt64($0) } }

    /// The line without the digest that chains it.
    var text: String {
        var line = RecordLine()
        line.add("time", time.description)
        line.add("event", event.rawValue)
        line.add("by", actor)
        for field in details { line.add(field.name, field.value) }
        return line.encoded
    }

    /// Throws for a line that is no record.
    init(_ line: RecordLine) throws(EncodingError) {
        guard let time = line["time"].flatMap({ Timestamp(description: $0) }),
            let event = line["event"].flatMap(Event.init(rawValue:)), let actor = line["by"]
        else { throw EncodingError("has a line without time, event or person") }
        self.time = time
        self.event = event
        self.actor = actor
        details = line.fields.filter { !["time", "event", "by", "sha256"].contains($0.name) }
    }
}

/// What happened to a medium, oldest first. Each line is chained to the one before by its digest, so that none can be taken out or
/// changed and the rest still hold.
package struct MediumJournal: Sendable, Equatable {
    static let sizeLimit = 16 << 20
    package private(set) var records: [MediumRecord] = []
    private var digests: [Digest32] = []

    package init() {}

    package mutating func append(_ record: MediumRecord) {
        records.append(record)
        digests.append(Self.digest(after: digests.last, record.text))
    }

    private static func digest(after previous: Digest32?, _ text: String) -> Digest32 {
        let before = previous?.hex ?? String(repeating: "0", count: 64)
        return SHA256Digest.of(Array("\(before)\n\(text)\n".utf8))
    }

    package func encoded() -> [UInt8] {
        let lines = zip(records, digests).map { "\($0.text); sha256 = \($1.hex)\n" }
        return Array(lines.joined().utf8)
    }

    /// As far as the lines hold: what stands behind a line that was altered, or cut off, is not believed.
    package init(decoding bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            guard let fields = try? RecordLine(parsing: line), let record = try? MediumRecord(fields) else { return }
            append(record)
            guard fields["sha256"] == digests.last?.hex, fields.encoded == line else {
                records.removeLast()
                digests.removeLast()
                return
            }
        }
    }

    /// Both journals' records, when each may have been written to without the other: what both have once, then those of `other`, then
    /// those that only this one has.
    func merged(with other: MediumJournal) -> MediumJournal {
        let common = zip(digests, other.digests).prefix { $0 == $1 }.count
        guard common < digests.count else { return other }
        guard common < other.digests.count else { return self }
        var merged = other
        let theirs = other.records[common...]
        for record in records[common...] where !theirs.contains(record) { merged.append(record) }
        return merged
    }

    /// Whether one of the two goes on where the other ends.
    func isContinuation(of other: MediumJournal) -> Bool {
        let common = zip(digests, other.digests).prefix { $0 == $1 }.count
        return common == min(digests.count, other.digests.count)
    }
}
