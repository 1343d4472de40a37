import Audit
import Identity
import Primitives
import Sealing

/// Whether the catalog has what the audit log says was signed, and nobody whom the log says was put out.
///
/// A host's state that was put back as a whole fits itself; the log, of which others have checkpoints, does not fit it any more.
package enum Reconciliation {
    package struct Report: Sendable {
        /// So many the log has.
        package var signatures: UInt64 = 0
        package var findings: [Failure] = []
    }

    /// As the log has a signature: its id, and the digest of the whole.
    package static func name(of signature: ElectronicSignature) -> String {
        name(signature.record.id, SHA256Digest.of(signature.encoded()))
    }

    private static func name(_ id: SignatureID, _ digest: Digest32) -> String { "\(id.hex) sha256:\(digest.hex)" }

    /// The daemon has no role that reads the log: it does it by what it may look at.
    package static func run<Action>(
        permit: consuming Permit<Action>, _ book: AuditBook, keeping: IdentityKeeping
    ) throws -> Report {
        // Before the log: what is signed meanwhile is in the log later.
        let state = try keeping.look { state, _, _ in state }
        // The first, for when the log was begun, and those that are compared: a log is long.
        var acts: [AuditedAct] = []
        // What is being signed just now is in the log when its act is over.
        var underWay: Timestamp?
        try book.forEach(book.find(AuditSearch())) { act in
            if act.result == nil, act.intent.act.hasPrefix("sign") { underWay = underWay ?? act.entry.moment.time }
            guard act.result == .ok, acts.isEmpty || isCompared(act) else { return }
            acts.append(act)
        }
        var report = Report()
        compareSignatures(acts, state, before: underWay, &report)
        comparePeople(acts, state, &report)
        compareCredentials(acts, state, &report)
        return report
    }

    private static func isCompared(_ act: AuditedAct) -> Bool {
        act.intent.act.hasPrefix("users-") || act.objects.contains { $0.kind == .signature }
    }

    private static func compareSignatures(
        _ acts: [AuditedAct], _ state: IdentityState, before end: Timestamp?, _ report: inout Report
    ) {
        var logged: Set<String> = []
        let known = Set(state.signatures.lines.values.map { name($0.id, $0.digest) })
        for act in acts {
            for object in act.objects where object.kind == .signature {
                logged.insert(object.name.description)
                guard !known.contains(object.name.description) else { continue }
                report.findings.append(
                    Failure(
                        .signatureInvalid,
                        "The audit log has the signature \(object.name) (entry \(act.number), \(subject(act))), and the host does not know it.",
                        advice:
                            "The host's state is older than its log, or was altered. Look for the signature's file, and for a newer copy of the state."
                    ))
            }
        }
        report.signatures = UInt64(logged.count)
        // A log that was begun anew does not have those from before.
        guard let begun = acts.first?.entry.moment.time else { return }
        let missing = state.signatures.lines.values.filter { line in
            let isOver = end.map { line.signedAt < $0 } ?? true
            return line.signedAt >= begun && isOver && !logged.contains(name(line.id, line.digest))
        }
        for line in missing.sorted(by: { $0.signedAt < $1.signedAt }) {
            report.findings.append(
                Failure(
                    .signatureInvalid,
                    "The host has the signature \(line.id.hex) on \(line.record.kind) \(line.record.id), and the audit log has not.",
                    advice:
                        "The program was ended before it wrote it down, or the log was replaced: compare with the checkpoints that others have ('safehold audit verify')."
                ))
        }
    }

    private static func subject(_ act: AuditedAct) -> String {
        act.objects.first { $0.kind == .target }.map(\.name.description) ?? act.intent.act
    }

    private static func comparePeople(_ acts: [AuditedAct], _ state: IdentityState, _ report: inout Report) {
        var gone: [PersonID: UInt64] = [:]
        var taken: [Holding: UInt64] = [:]
        for act in acts {
            guard let person = named(.person, act).flatMap({ try? People.find($0, in: state).id }) else { continue }
            let holding = named(.role, act).flatMap { RoleName($0) }.map { Holding(person: person, role: $0) }
            switch act.intent.act {
            case "users-remove": gone[person] = act.number
            case "users-add": gone[person] = nil
            case "users-revoke": if let holding { taken[holding] = act.number }
            case "users-grant": if let holding { taken[holding] = nil }
            default: break
            }
        }
        for (person, entry) in gone.sorted(by: { $0.value < $1.value })
        where state.directory.people[person]?.isActive == true {
            report.findings.append(back(person, state, "was put out", entry))
        }
        for (holding, entry) in taken.sorted(by: { $0.value < $1.value })
        where state.directory.people[holding.person]?.holdings[holding.role] != nil && gone[holding.person] == nil {
            report.findings.append(back(holding.person, state, "lost the role \(holding.role)", entry))
        }
    }

    /// A service's credential that was replaced or ended is not taken again.
    private static func compareCredentials(_ acts: [AuditedAct], _ state: IdentityState, _ report: inout Report) {
        var newest: [PersonID: (entry: UInt64, credential: String?)] = [:]
        for act in acts {
            guard let service = named(.person, act).flatMap({ try? People.find($0, in: state) }), service.isService
            else { continue }
            switch act.intent.act {
            case "users-service-add", "users-service-renew":
                newest[service.id] = (act.number, act.objects.first { $0.kind == .key }?.name.description)
            case "users-lost": newest[service.id] = (act.number, nil)
            default: break
            }
        }
        for (id, last) in newest.sorted(by: { $0.value.entry < $1.value.entry }) {
            let present = state.directory.people[id]?.service?.credential?.id.hex
            guard let present, present != last.credential else { continue }
            report.findings.append(back(id, state, "lost the credential \(present)", last.entry))
        }
    }

    private struct Holding: Hashable {
        var person: PersonID
        var role: RoleName
    }

    private static func named(_ kind: ActObject.Kind, _ act: AuditedAct) -> String? {
        act.intent.objects.first { $0.kind == kind }?.name.description
    }

    private static func back(_ person: PersonID, _ state: IdentityState, _ what: String, _ entry: UInt64) -> Failure {
        let name = state.directory.people[person]?.name.description ?? person.hex
        return Failure(
            .identityBehind, "\(name) \(what) (entry \(entry) of the audit log), and is back without anybody's doing.",
            advice:
                "The host's state is older than its log: do it again, and look for what else was changed since ('safehold audit log')."
        )
    }
}
