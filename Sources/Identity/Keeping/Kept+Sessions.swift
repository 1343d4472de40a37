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
            guard let beginning = LoginSession.Beginning(rawValue: try reader.u8()) else {
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
            writer.optional(target.component) { $0.counted($1) }
            writer.optional(target.store) { $0.counted($1) }
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
            let target = Target(
                component: try reader.optional { (reader) throws(EncodingError) in try reader.countedString() },
                store: try reader.optional { (reader) throws(EncodingError) in try reader.countedString() })
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
