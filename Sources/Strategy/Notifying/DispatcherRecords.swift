import Primitives

/// One row of what is kept: a table of (table, key, bytes) is all that a catalog needs.
package struct DispatcherRecord: Sendable, Equatable {
    package enum Table: String, Sendable, CaseIterable { case origin, incident, mailbox, delivery }

    package var table: Table
    package var key: String
    package var bytes: [UInt8]

    package init(table: Table, key: String, bytes: [UInt8]) {
        (self.table, self.key, self.bytes) = (table, key, bytes)
    }
}

extension DispatcherState {
    package var records: [DispatcherRecord] {
        let own = DispatcherRecord(table: .origin, key: "", bytes: ownFields.encoded())
        return [own]
            + incidents.map { DispatcherRecord(table: .incident, key: $0, bytes: $1.fields.encoded()) }
            + mailboxes.map { DispatcherRecord(table: .mailbox, key: $0, bytes: $1.fields.encoded()) }
            + deliveries.map { DispatcherRecord(table: .delivery, key: String($0), bytes: $1.fields.encoded()) }
    }

    /// What is to be written and what is to be deleted so that what `old` wrote becomes this.
    package func changes(since old: DispatcherState) -> (put: [DispatcherRecord], remove: [DispatcherRecord]) {
        let before = old.records
        let after = records
        let known = Dictionary(before.map { (Name($0), $0.bytes) }) { first, _ in first }
        let kept = Set(after.map(Name.init))
        return (after.filter { known[Name($0)] != $0.bytes }, before.filter { !kept.contains(Name($0)) })
    }

    private struct Name: Hashable {
        var table: DispatcherRecord.Table
        var key: String
        init(_ record: DispatcherRecord) { (table, key) = (record.table, record.key) }
    }

    /// From the records that were kept; `origin` where there are none yet.
    package init(records: [DispatcherRecord], origin: String) throws(EncodingError) {
        self.init(origin: origin)
        for record in records {
            let fields = try Fields(decoding: record.bytes)
            switch record.table {
            case .origin:
                self.origin = try fields.text(1)
                next = max(next, Int64(bitPattern: try fields.integer(2)))
                latest = try fields.time(3)
            case .incident: incidents[record.key] = try OpenIncident(fields)
            case .mailbox: mailboxes[record.key] = try Mailbox(fields)
            case .delivery:
                let delivery = try Delivery(fields)
                deliveries[delivery.number] = delivery
            }
        }
    }

    private var ownFields: Fields {
        var fields = Fields()
        fields.set(1, text: origin)
        fields.set(2, integer: UInt64(bitPattern: next))
        fields.set(3, time: latest)
        return fields
    }
}

extension Fields {
    mutating func set(_ tag: UInt64, time: Timestamp?) {
        if let time { set(tag, integer: UInt64(bitPattern: time.nanoseconds)) }
    }
    mutating func set(_ tag: UInt64, flag: Bool) { if flag { set(tag, integer: 1) } }
    mutating func set(_ tag: UInt64, optional text: String?) { if let text { set(tag, text: text) } }
    mutating func set(_ tag: UInt64, number: Int) { set(tag, integer: UInt64(max(0, number))) }
    mutating func set(_ tag: UInt64, texts: [String]) { set(tag, list: texts.map { Array($0.utf8) }) }

    func time(_ tag: UInt64) throws(EncodingError) -> Timestamp {
        Timestamp(nanoseconds: Int64(bitPattern: try integer(tag)))
    }
    func optionalTime(_ tag: UInt64) throws(EncodingError) -> Timestamp? { self[tag] == nil ? nil : try time(tag) }
    func optionalText(_ tag: UInt64) throws(EncodingError) -> String? { self[tag] == nil ? nil : try text(tag) }
    func flag(_ tag: UInt64) -> Bool { self[tag] != nil }
    func number(_ tag: UInt64) throws(EncodingError) -> Int {
        guard let number = Int(exactly: try integer(tag)) else { throw EncodingError("has a field \(tag) too large") }
        return number
    }
    func texts(_ tag: UInt64) throws(EncodingError) -> [String] {
        try list(tag).map { String(decoding: $0, as: UTF8.self) }
    }
    func word<Word: RawRepresentable>(_ tag: UInt64) throws(EncodingError) -> Word where Word.RawValue == String {
        let text = try text(tag)
        guard let word = Word(rawValue: text) else { throw EncodingError("has the word '\(text)' in field \(tag)") }
        return word
    }
}
