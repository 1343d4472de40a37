import Primitives
import Sealing

// People and their roles, as they are kept.

extension Directory {
    var rows: [KeptRow] {
        var rows = people.values.map { person in
            KeptRow(.person, person.id.bytes) { writer in
                person.write(to: &writer)
                writer.list(owned(names, by: person.id).sorted()) { $0.counted($1.description) }
                writer.list(owned(references, by: person.id).sorted()) { $0.digest($1) }
                writer.list(owned(signingKeys, by: person.id).sorted()) { $0.digest($1) }
                writeLater(of: person, to: &writer)
            }
        }
        rows += roles.values.filter { role in !Role.builtIn.contains { $0.name == role.name } }
            .map { role in
                KeptRow(.role, Array(role.name.description.utf8)) { writer in
                    writer.list(role.grants) { $1.write(to: &$0) }
                }
            }
        rows += serviceRows
        rows.append(KeptRow(.note, Array("directory".utf8)) { $0.u64(version) })
        return rows
    }

    /// What came in later is written only where there is something.
    private func writeLater(of person: Person, to writer: inout ByteWriter) {
        let limited = person.holdings.filter { $0.value.limits != .none }.sorted { $0.key < $1.key }
        let withdrawn = owned(signingKeys, by: person.id).filter { withdrawnKeys[$0] != nil }.sorted()
        guard !limited.isEmpty || !withdrawn.isEmpty else { return }
        writer.list(limited) { writer, holding in
            writer.counted(holding.key.description)
            holding.value.limits.components.write(to: &writer)
            holding.value.limits.stores.write(to: &writer)
        }
        writer.list(withdrawn) { writer, key in
            writer.digest(key)
            writer.time(withdrawnKeys[key] ?? Timestamp(nanoseconds: 0))
        }
    }

    private func owned<Key>(_ table: [Key: PersonID], by person: PersonID) -> [Key] {
        table.filter { $0.value == person }.map(\.key)
    }

    init(keptIn rows: [KeptRow]) throws(EncodingError) {
        roles = Dictionary(uniqueKeysWithValues: Role.builtIn.map { ($0.name, $0) })
        for row in rows {
            switch row.table {
            case .person: try takePerson(row)
            case .role: try takeRole(row)
            default: break
            }
        }
        for row in rows where row.table == .service { try takeService(row) }
    }

    private mutating func takePerson(_ row: KeptRow) throws(EncodingError) {
        let read = try row.read { (reader) throws(EncodingError) in
            (
                try Person(from: &reader),
                try reader.list { (reader) throws(EncodingError) in try reader.word { LoginName($0) } },
                try reader.list { (reader) throws(EncodingError) in try reader.digest() },
                try reader.list { (reader) throws(EncodingError) in try reader.digest() },
                reader.isAtEnd ? ([], []) : try Self.readLater(&reader)
            )
        }
        var person = read.0
        for (role, limits) in read.4.0 {
            guard person.holdings[role] != nil else { throw EncodingError("limits a role that nobody has") }
            person.holdings[role]?.limits = limits
        }
        for (key, time) in read.4.1 { withdrawnKeys[key] = time }
        people[person.id] = person
        for name in read.1 { names[name] = person.id }
        for reference in read.2 { references[reference] = person.id }
        for key in read.3 { signingKeys[key] = person.id }
    }

    private static func readLater(
        _ reader: inout ByteReader
    ) throws(EncodingError) -> ([(RoleName, Limits)], [(Digest32, Timestamp)]) {
        let limited = try reader.list { (reader) throws(EncodingError) in
            let role: RoleName = try reader.word { RoleName($0) }
            let components = try Scope(from: &reader)
            return (role, Limits(components: components, stores: try Scope(from: &reader)))
        }
        return (
            limited, try reader.list { (reader) throws(EncodingError) in (try reader.digest(), try reader.time()) }
        )
    }

    private mutating func takeRole(_ row: KeptRow) throws(EncodingError) {
        guard let name = RoleName(String(decoding: row.key, as: UTF8.self)) else {
            throw EncodingError("has a role without a name")
        }
        let grants = try row.read { (reader) throws(EncodingError) in
            try reader.list { (reader) throws(EncodingError) in try Grant(from: &reader) }
        }
        roles[name] = Role(name: name, grants: grants)
    }
}

extension Person {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.raw(id.bytes)
        writer.counted(name.description)
        writer.counted(printedName)
        writer.flag(isActive)
        writer.u64(rolesVersion)
        writer.optional(signingKey) { $0.digest($1) }
        writer.list(holdings.sorted { $0.key < $1.key }) { writer, holding in
            writer.counted(holding.key.description)
            writer.moment(holding.value.since)
            writer.list(holding.value.by.sorted()) { $0.raw($1.bytes) }
            writer.u64(holding.value.version)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        id = try reader.identifier()
        name = try reader.word { LoginName($0) }
        printedName = try reader.countedString()
        standing = try reader.flag() ? .active : .deleted
        rolesVersion = try reader.u64()
        signingKey = try reader.optional { (reader) throws(EncodingError) in try reader.digest() }
        let held = try reader.list { (reader) throws(EncodingError) in
            let role: RoleName = try reader.word { RoleName($0) }
            let since = try reader.moment()
            let by: [PersonID] = try reader.list { (reader) throws(EncodingError) in try reader.identifier() }
            return (role, RoleHolding(since: since, by: Set(by), version: try reader.u64()))
        }
        for (role, holding) in held { holdings[role] = holding }
    }
}

extension Grant {
    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        let acts: [Act] = try reader.list { (reader) throws(EncodingError) in try reader.word { Act(rawValue: $0) } }
        let components = try Scope(from: &reader)
        self.init(Set(acts), components: components, stores: try Scope(from: &reader))
    }
}

extension Scope {
    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        guard try reader.flag() else {
            self = .all
            return
        }
        self = .only(Set(try reader.list { (reader) throws(EncodingError) in try reader.countedString() }))
    }
}
