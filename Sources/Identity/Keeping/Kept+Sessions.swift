import Primitives
import Sealing

// Who is signed in, and what was asked of others, as it is kept.

extension SessionBook {
    var rows: [KeptRow] {
        sessions.map { digest, session in
            KeptRow(.session, digest.bytes) { writer in
                writer.raw(session.id.bytes)
                writer.raw(session.person.bytes)
                writer.flag(session.purpose == .work)
                writer.digest(session.host)
                for moment in [session.began, session.seen, session.proven] { writer.moment(moment) }
                // Sessions of before there were providers end here.
                if session.beginning != .credentials { writer.u8(session.beginning.rawValue) }
            }
        }
    }

    mutating func take(_ row: KeptRow) throws(EncodingError) {
        guard let digest = Digest32(bytes: row.key) else { throw EncodingError("has a session without a digest") }
        sessions[digest] = try row.read { (reader) throws(EncodingError) in
            var session = LoginSession(
                id: try reader.identifier(), person: try reader.identifier(),
                purpose: try reader.flag() ? .work : .settingUp, host: try reader.digest(),
                began: try reader.moment(), seen: try reader.moment(), proven: try reader.moment())
            guard !reader.isAtEnd else { return session }
            guard let beginning = LoginSession.Beginning(rawValue: try reader.u8()), beginning != .credentials else {
                throw EncodingError("has a session that began in no known way")
            }
            session.beginning = beginning
            return session
        }
    }
}

extension ApprovalRequest {
    var row: KeptRow {
        KeptRow(.request, id.bytes) { writer in
            writer.raw(id.bytes)
            writer.counted(act.rawValue)
            target.components.write(to: &writer)
            target.stores.write(to: &writer)
            writer.digest(plan)
            writer.raw(requester.bytes)
            writer.moment(at)
            rule.write(to: &writer)
            writer.list(approvals) { writer, approval in
                writer.raw(approval.person.bytes)
                writer.moment(approval.at)
                writer.u64(approval.directory)
            }
            writer.counted(state.word)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            let id: ApprovalID = try reader.identifier()
            let act: GraveAct = try reader.word { GraveAct(rawValue: $0) }
            let components = try Target.Extent(from: &reader)
            let target = Target(components: components, stores: try Target.Extent(from: &reader))
            var request = ApprovalRequest(
                id: id, act: act, target: target, plan: try reader.digest(), requester: try reader.identifier(),
                at: try reader.moment(), rule: try FourEyesRule(from: &reader))
            request.approvals = try reader.list { (reader) throws(EncodingError) in
                Approval(person: try reader.identifier(), at: try reader.moment(), directory: try reader.u64())
            }
            request.state = try reader.word { word in ApprovalRequest.State.allCases.first { $0.word == word } }
            return request
        }
    }
}

extension Target.Extent {
    fileprivate func write(to writer: inout ByteWriter) {
        switch self {
        case .all: writer.u8(0)
        case .only(let names) where names.count == 1:
            writer.u8(1)
            for name in names { writer.counted(name) }
        case .only(let names):
            writer.u8(2)
            writer.list(names.sorted()) { $0.counted($1) }
        case .some: writer.u8(3)
        }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        switch try reader.u8() {
        case 0: self = .all
        case 1: self = .only([try reader.countedString()])
        case 2: self = .init(try reader.list { (reader) throws(EncodingError) in try reader.countedString() })
        case 3: self = .some
        default: throw EncodingError("has a target that is none")
        }
    }
}

extension ApprovalRequest.State: CaseIterable {
    package static let allCases: [ApprovalRequest.State] = [.open, .executed, .withdrawn, .expired]

    /// As records and people have it.
    package var word: String {
        switch self {
        case .open: "open"
        case .executed: "executed"
        case .withdrawn: "withdrawn"
        case .expired: "expired"
        }
    }
}

extension FourEyesRule {
    fileprivate func write(to writer: inout ByteWriter) {
        writer.varint(approvers)
        writer.list(roles.sorted()) { $0.counted($1.description) }
        for duration in [lifetime, coolingOff, waiting] { writer.duration(duration) }
    }

    fileprivate init(from reader: inout ByteReader) throws(EncodingError) {
        let approvers = try reader.varint()
        let roles: [RoleName] = try reader.list { (reader) throws(EncodingError) in
            try reader.word { RoleName($0) }
        }
        guard (1...100).contains(approvers), !roles.isEmpty else { throw EncodingError("has a rule that is none") }
        self.init(
            keptWith: Int(approvers), roles: Set(roles), lifetime: try reader.duration(),
            coolingOff: try reader.duration(), waiting: try reader.duration())
    }
}

extension SignInDesk {
    var row: KeptRow {
        KeptRow(.note, Array("desk".utf8)) { writer in
            decoy.write(to: &writer)
            writer.list(strangers.sorted { $0.key < $1.key }) { writer, stranger in
                writer.counted(stranger.key.description)
                stranger.value.write(to: &writer)
            }
        }
    }

    init(keptIn row: KeptRow, _ passwords: PasswordPolicy, _ lockout: LockoutPolicy) throws(EncodingError) {
        let read = try row.read { (reader) throws(EncodingError) in
            (
                try PasswordVerifier(from: &reader),
                try reader.list { (reader) throws(EncodingError) in
                    let name: LoginName = try reader.word { LoginName($0) }
                    return (name, try Lockout(from: &reader))
                }
            )
        }
        self.init(
            passwords: passwords, lockout: lockout, decoy: read.0,
            strangers: Dictionary(read.1) { $1 })
    }
}

extension Timekeeper {
    var row: KeptRow {
        KeptRow(.note, Array("clock".utf8)) { writer in
            writer.optional(seen) { writer, reading in
                writer.time(reading.wall)
                writer.duration(reading.sinceStart)
                writer.raw(reading.start.bytes)
            }
            writer.duration(shortest)
            writer.duration(longest)
        }
    }

    init(keptIn row: KeptRow) throws(EncodingError) {
        self = try row.read { (reader) throws(EncodingError) in
            var keeper = Timekeeper()
            keeper.seen = try reader.optional { (reader) throws(EncodingError) in
                ClockReading(
                    wall: try reader.time(), sinceStart: try reader.duration(), start: try reader.identifier())
            }
            keeper.shortest = try reader.duration()
            keeper.longest = try reader.duration()
            return keeper
        }
    }
}
