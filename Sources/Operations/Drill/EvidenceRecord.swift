import Audit
import Primitives
import Sealing

/// What a test of restores leaves behind: what was tested, from where, by whom, when, against what, and what came of it. A record says all of
/// `mandatory`, or is none: what was not done is said as well, with why.
package struct EvidenceRecord: Sendable, Equatable {
    package let json: JSON

    /// What an inspector asks for, as paths of members (docs/drills.md says what each means).
    package static let mandatory = [
        "format", "id", "kind", "type", "trigger", "plan", "strategy", "backup.component", "backup.snapshot",
        "backup.taken", "backup.age_seconds", "backup.tier", "copy.store", "copy.role", "copy.site", "copy.location",
        "choice.rule", "choice.seed", "source.host", "target.host", "target.path", "target.isolated", "software",
        "key.from", "people.executor", "people.observer", "times.declared", "times.started", "times.first_byte",
        "times.complete", "times.verified", "times.usable", "restored.files", "restored.files_total",
        "restored.bytes", "restored.bytes_total", "manifest.digest", "manifest.compared", "manifest.mismatches",
        "oracle.compared", "oracle.mismatches", "application.checks", "objectives.recovery_point_seconds",
        "objectives.recovery_time_seconds", "objectives.recovery_time_of", "erasures.result", "metadata.compared",
        "metadata.mismatches",
        "malware.result", "sanitisation.result", "deviations", "corrective_actions", "signatures_wanted", "verdict",
        "log.intent",
    ]

    /// Throws `evidence-incomplete` for one that lacks something.
    package init(_ json: JSON) throws {
        let missing = Self.mandatory.filter { path in
            let value = path.split(separator: ".").reduce(JSON?.some(json)) { $0?[String($1)] }
            return value == nil || value == .null || value == .text("")
        }
        guard missing.isEmpty else {
            throw Failure(
                .evidenceIncomplete,
                "The record of a test lacks \(missing.joined(separator: ", ")), so it proves nothing and was not kept.",
                advice: "Hold the test again; a record that somebody edited is found by 'safehold drill verify'.")
        }
        self.json = json
    }

    package init(decoding bytes: [UInt8]) throws {
        do {
            try self.init(try JSON(parsing: bytes))
        } catch let error as EncodingError {
            throw Failure(
                .evidenceIncomplete, "The record of a test \(error.problem).",
                advice: "Bring it back from a copy of this host's state, or hold the test again.")
        }
    }

    /// In the one form of RFC 8785, and a newline: what its digest is of, and what people sign.
    package var bytes: [UInt8] { CanonicalJSON.bytes(json) + [0x0A] }
    package var digest: Digest32 { SHA256Digest.of(bytes) }

    package var id: String { text("id") }
    package var verdict: String { text("verdict") }

    /// A text by its path; empty where there is none.
    package func text(_ path: String) -> String { value(path)?.text ?? "" }

    package func value(_ path: String) -> JSON? {
        path.split(separator: ".").reduce(JSON?.some(json)) { $0?[String($1)] }
    }
}
