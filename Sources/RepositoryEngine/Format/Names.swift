import Primitives
import Storage

/// Where each kind of object lies (docs/format.md, section 1).
package enum Names {
    package static let format = ObjectName("FORMAT")
    package static let administratorPublic = ObjectName("keys/administrator/public")
    package static let formatSignature = ObjectName("keys/administrator/format")
    package static let keys = "keys"
    package static let administratorSlots = "keys/administrator/slots"
    package static let recipients = "keys/recipients"
    package static let removals = "keys/removals"
    package static let writers = "keys/writers"
    package static let withdrawals = "keys/withdrawals"
    package static let domains = "keys/domains"
    package static let snapshots = "snapshots"
    package static let commits = "commits"
    package static let sweeps = "sweeps"
    package static let drops = "drops"
    package static let unfollowed = "unfollowed"
    package static let locks = "locks"
    package static let holds = "holds"
    package static let audit = "audit"

    package static func specification(_ digest: Digest32) -> ObjectName { ObjectName("spec/\(digest.hex)") }
    package static func hashed(_ prefix: String, _ digest: Digest32) -> ObjectName {
        ObjectName("\(prefix)/\(digest.hex)")
    }
    package static func epoch(_ domain: DomainID, _ epoch: UInt32) -> String {
        "\(domains)/\(domain.hex)/\(number(UInt64(epoch)))"
    }
    package static func bundle(_ domain: DomainID, _ number: UInt32) -> ObjectName {
        ObjectName(epoch(domain, number) + "/bundle")
    }
    package static func slots(_ domain: DomainID, _ number: UInt32) -> String { epoch(domain, number) + "/slots" }
    package static func index(_ domain: DomainID) -> String { "index/\(domain.hex)" }
    package static func indexRun(_ domain: DomainID, _ digest: Digest32) -> ObjectName {
        ObjectName("index/\(domain.hex)/0/\(digest.hex)")
    }
    package static func snapshot(_ writer: WriterID, _ sequence: UInt64) -> ObjectName {
        ObjectName("\(snapshots)/\(writer.hex)/\(number(sequence))")
    }
    package static func commit(_ writer: WriterID, _ sequence: UInt64) -> ObjectName {
        ObjectName("\(commits)/\(writer.hex)/\(number(sequence))")
    }
    package static func drop(_ writer: WriterID, _ sequence: UInt64) -> ObjectName {
        ObjectName("\(drops)/\(writer.hex)/\(number(sequence))")
    }
    package static func lockPolicy(_ number: UInt64) -> ObjectName { ObjectName("\(locks)/\(Self.number(number))") }
    /// What is kept of one audit log, by the id in its name.
    package static func auditLog(_ id: String) -> String { "\(audit)/\(id)" }
    package static func auditCheckpoint(_ id: String, _ size: UInt64, _ digest: Digest32) -> ObjectName {
        ObjectName("\(auditLog(id))/\(number(size))/\(digest.hex)")
    }
    /// Whose signatures a log bears.
    package static func auditPolicies(_ id: String) -> String { "\(auditLog(id))/policy" }
    /// Sealed entries.
    package static func auditEntries(_ id: String) -> String { "\(auditLog(id))/entries" }
    package static func auditEntries(
        _ id: String, first: UInt64, count: UInt64, _ digest: Digest32
    ) -> ObjectName {
        ObjectName("\(auditEntries(id))/\(number(first))/\(number(count))/\(digest.hex)")
    }
    /// What shows a witness that a log goes on from one size to another.
    package static func auditRequests(_ id: String) -> String { "\(auditLog(id))/requests" }
    package static func auditRequest(
        _ id: String, from old: UInt64, to new: UInt64, _ digest: Digest32
    ) -> ObjectName {
        ObjectName("\(auditRequests(id))/\(number(old))/\(number(new))/\(digest.hex)")
    }
    /// Where the holds of one snapshot lie.
    package static func holds(_ writer: WriterID, _ sequence: UInt64) -> String {
        "\(holds)/\(writer.hex)/\(number(sequence))"
    }
    package static func hold(_ writer: WriterID, _ sequence: UInt64, _ number: UInt64) -> ObjectName {
        ObjectName("\(holds(writer, sequence))/\(Self.number(number))")
    }
    package static func sweep(_ generation: UInt64, _ step: SweepStep) -> ObjectName {
        ObjectName("\(sweeps)/\(number(generation))/\(step.rawValue)")
    }
    package static func unfollowed(_ generation: UInt64, _ step: SweepStep) -> ObjectName {
        ObjectName("\(unfollowed)/\(number(generation))/\(step.rawValue)")
    }
    package static func session(_ writer: WriterID, _ session: SessionID, _ what: String) -> ObjectName {
        ObjectName("sessions/\(writer.hex)/\(session.hex)/\(what)")
    }

    package static func pack(_ digest: Digest32, _ kind: PackClass) -> ObjectName {
        let hex = digest.hex
        return ObjectName("\(packs(kind))/\(hex.prefix(2))/\(hex)")
    }

    package static func packs(_ kind: PackClass) -> String { kind == .data ? "packs" : "meta" }

    /// Ten digits, zero-padded.
    package static func number(_ value: UInt64) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
}

/// What a sealed object holds.
package enum PackClass: UInt8, Sendable {
    case data = 1, metadata = 2, indexRun = 3, snapshot = 4, auditEntries = 5

    /// Whether sessions list it and collections may remove it.
    var isCollected: Bool { self != .snapshot && self != .auditEntries }
}
