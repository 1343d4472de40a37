import Audit
import Identity
import Primitives
import Sealing

/// Whether the records of tests are complete, and the very ones that the audit log has.
package enum EvidenceVerification {
    package struct Report: Sendable {
        package var records: UInt64 = 0
        package var findings: [Failure] = []
    }

    /// As the log has a record: its id, and the digest of the file.
    package static func name(_ record: EvidenceRecord) -> String { name(record.id, record.digest) }

    private static func name(_ id: String, _ digest: Digest32) -> String { "\(id) sha256:\(digest.hex)" }

    package static func run(
        permit: consuming Permit<AuditAction>, _ log: AuditBook, evidence: EvidenceBook
    ) throws -> Report {
        var report = Report()
        let ids = try evidence.ids()
        report.records = UInt64(ids.count)
        var known: Set<String> = []
        for id in ids {
            do {
                let record = try evidence.read(id)
                known.insert(name(id, record.digest))
                guard record.id != id else { continue }
                report.findings.append(incomplete("The record \(id) says that it is \(record.id)."))
            } catch let failure as Failure where failure.code == .evidenceIncomplete {
                report.findings.append(failure)
                if let digest = try evidence.digest(id) { known.insert(name(id, digest)) }
            }
        }
        var logged: Set<String> = []
        try log.forEach(log.find(AuditSearch())) { act in
            // A name without a digest is one that somebody typed.
            for object in act.objects where object.kind == .evidence && object.name.description.contains(" sha256:") {
                logged.insert(object.name.description)
            }
        }
        for entry in logged.subtracting(known).sorted() {
            let id = entry.prefix { $0 != " " }
            report.findings.append(
                incomplete(
                    ids.contains(String(id))
                        ? "The record \(id) is not the one that the audit log has: it was altered."
                        : "The audit log has a record \(id), and it is not there."))
        }
        for entry in known.subtracting(logged).sorted()
        where !logged.contains(where: { $0.hasPrefix(entry.prefix { $0 != " " } + " ") }) {
            report.findings.append(
                incomplete(
                    "The audit log does not know the record \(entry.prefix { $0 != " " }): nobody knows who made it."))
        }
        return report
    }

    private static func incomplete(_ message: String) -> Failure {
        Failure(
            .evidenceIncomplete, message,
            advice: "Bring the record back from a copy of this host's state ('evidence'), or hold the test again.")
    }
}
