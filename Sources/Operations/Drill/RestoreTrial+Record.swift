import Identity
import Primitives
import RepositoryEngine
import Sealing
import Strategy

/// What came of a test, as its record says it.
extension RestoreTrial {
    enum Verdict: String {
        case passed
        /// Nothing was found wrong, and something was not looked at, or took longer than was promised.
        case partial
        case failed
    }

    func record() throws -> EvidenceRecord {
        let (recoveryPoint, recoveryTime) = (recoveryPoint, recoveryTime)
        var notes = deviations
        if let promised = component.objectives.recoveryPoint, recoveryPoint > promised.wholeSeconds {
            notes.append(
                "the newest complete backup in '\(store.store.name)' is \(recoveryPoint) s old, and \(promised.wholeSeconds) s were promised"
            )
        }
        if let promised = component.objectives.recoveryTime, recoveryTime.seconds > promised.wholeSeconds {
            notes.append("recovery takes \(recoveryTime.seconds) s, and \(promised.wholeSeconds) s were promised")
        }
        let verdict: Verdict = !faults.isEmpty ? .failed : notes.isEmpty ? .passed : .partial
        var object = JSONObject()
        object.set("format", UInt64(1))
        object.set("id", id)
        object.set("kind", request.kind.rawValue)
        if let scenario = request.scenario { object.set("scenario", scenario.rawValue) }
        object.set(
            "type",
            component.baseBackup != nil || !component.postgres.isEmpty
                ? "database" : component.isStreamed ? "streams" : "files")
        object.set("trigger", request.trigger)
        object.set("plan", sample.files == nil ? "all of it" : "a sample of \(sample.files?.count ?? 0) files")
        object.set("strategy", place.digest)
        object.set("software", place.software)
        setBackup(&object)
        setPlaces(&object)
        setTimes(&object)
        setFindings(&object)
        object.set(
            "objectives",
            .object {
                $0.set("recovery_point_seconds", recoveryPoint)
                $0.set("recovery_point_promised_seconds", component.objectives.recoveryPoint?.wholeSeconds)
                $0.set("recovery_time_seconds", recoveryTime.seconds)
                $0.set("recovery_time_of", recoveryTime.of.rawValue)
                $0.set("recovery_time_promised_seconds", component.objectives.recoveryTime?.wholeSeconds)
            })
        object.set("faults", faults)
        object.set("deviations", notes)
        object.set("corrective_actions", .list(correctiveActions(faults, notes)))
        object.set("signatures_wanted", ["executor", "data owner"])
        object.set("verdict", verdict.rawValue)
        object.set("log", .object { $0.set("intent", request.intent.map { .count($0) } ?? .text("not written down")) })
        return try EvidenceRecord(object.value)
    }

    /// Begins with the time, so that names of files are in its order.
    private var id: String {
        let time = request.declared.description.filter { $0 != "-" && $0 != ":" && $0 != "Z" }
        let milliseconds = String(request.declared.nanoseconds / 1_000_000 % 1000 + 1000).dropFirst()
        let from = request.kind == .fullSystem ? "-\(store.store.name)" : ""
        return "\(time)\(milliseconds)Z-\(component.name)\(from)-\(choice.seed.prefix(8))"
    }

    /// What is wrong is to be dealt with within a week, what fell short within a month, by whoever looks after backups.
    private func correctiveActions(_ faults: [String], _ deviations: [String]) -> [JSON] {
        let owners = place.strategy.contacts.filter { $0.roles.contains("backup-administrator") }.map(\.name)
        let owner = owners.isEmpty ? "backup-administrator" : owners.joined(separator: ", ")
        return (faults.map { ($0, Duration.seconds(7 * 86_400)) } + deviations.map { ($0, .seconds(30 * 86_400)) }).map
        {
            finding, time in
            JSON.object {
                $0.set("finding", finding)
                $0.set("owner", owner)
                $0.set("due", request.declared.later(by: time))
            }
        }
    }

    private func setBackup(_ object: inout JSONObject) {
        let taken = snapshot.summary.details?.began ?? snapshot.summary.time
        object.set(
            "backup",
            .object {
                $0.set("component", component.name)
                $0.set("snapshot", snapshot.summary.id.hex)
                $0.set("taken", taken)
                $0.set("age_seconds", Self.seconds(from: taken, to: request.declared))
                $0.set("tier", tier)
            })
        object.set(
            "copy",
            .object {
                $0.set("store", store.store.name)
                $0.set("role", store.store.role.rawValue)
                $0.set("site", store.store.site)
                $0.set("location", store.store.location)
            })
        object.set(
            "choice",
            .object {
                $0.set(
                    "rule",
                    "store: \(store.rule); snapshot: \(age.rawValue) of \(candidates); \(request.age == nil ? "by seed" : "as asked")"
                )
                $0.set("seed", choice.seed)
            })
    }

    /// Why the strategy keeps it.
    private var tier: String {
        let planning = try? ForgetPlanning(
            repository: opened.repository, opener: opened.opener, now: request.declared,
            state: place.surroundings.hostState)
        guard let retention = try? planning?.retention(.rules(RetentionRules(place.strategy))) else {
            return "not known"
        }
        let lines = RetentionExplanation.of(retention, now: request.declared)[snapshot.summary.id]?.lines ?? []
        return lines.isEmpty ? "no rule keeps it" : lines.joined(separator: "; ")
    }

    private func setPlaces(_ object: inout JSONObject) {
        object.set(
            "source",
            .object {
                $0.set("host", snapshot.summary.details?.host ?? snapshot.summary.writerHost)
                $0.set("paths", (snapshot.summary.details?.paths ?? []).map { String(decoding: $0, as: UTF8.self) })
            })
        object.set(
            "target",
            .object {
                $0.set("host", place.surroundings.host)
                $0.set("path", target)
                $0.set("isolated", true)
            })
        let kind =
            switch key {
            case .passphraseFile: "a passphrase's file"
            case .recipientFile: "a recipient's file"
            case .shareFiles: "shares of an escrow"
            case .terminal: "a passphrase at the terminal"
            }
        object.set("key", .object { $0.set("from", kind) })
        let actor = place.surroundings.door.whoIsThere()
        object.set(
            "people",
            .object {
                $0.set(
                    "executor",
                    actor.person.map { "\(actor.name) (\($0.hex))" } ?? "\(actor.name) (\(actor.evidence.rawValue))")
                $0.set("observer", request.observer ?? "nobody")
            })
    }

    private func setTimes(_ object: inout JSONObject) {
        object.set(
            "times",
            .object {
                $0.set("declared", request.declared)
                $0.set("started", started)
                $0.set("first_byte", firstByte ?? complete ?? started)
                $0.set("complete", complete ?? started)
                $0.set("verified", verified ?? started)
                $0.set("usable", usable ?? started)
            })
        object.set(
            "restored",
            .object {
                $0.set("files", summary.files)
                $0.set("files_total", sample.filesThere)
                $0.set("bytes", summary.bytes)
                $0.set("bytes_total", sample.bytesThere)
            })
    }

    private func setFindings(_ object: inout JSONObject) {
        object.set(
            "manifest",
            .object {
                // A snapshot's id is the digest of its signed record, which names the listing that was compared with.
                $0.set("digest", "sha256:" + snapshot.summary.id.hex)
                $0.set("compared", summary.verified)
                $0.set("mismatches", summary.problemCount)
                $0.set("named", clock.problems)
            })
        object.set(
            "oracle",
            .object {
                $0.set("compared", findings.sourceCompared)
                $0.set("mismatches", findings.sourceMismatchCount)
                $0.set("named", findings.sourceMismatches)
                $0.set("changed_since", findings.sourceChanged)
                $0.set("gone_since", findings.sourceGone)
            })
        object.set(
            "metadata",
            .object {
                $0.set("compared", findings.compared)
                $0.set("mismatches", findings.mismatchCount)
                $0.set("named", findings.mismatches)
            })
        let made = checks.map { check in
            JSON.object {
                $0.set("name", check.name)
                $0.set("result", check.result.rawValue)
                $0.set("words", check.words)
            }
        }
        object.set(
            "application",
            .object {
                $0.set(
                    "checks",
                    made.isEmpty ? .text("none: a sample of files has no program that checks it") : .list(made))
            })
        object.set("erasures", .object { $0.set("result", "none were due: nothing was released to where people work") })
        object.set("malware", .object { $0.set("result", "not looked for: no scanner is configured") })
        object.set(
            "sanitisation", .object { $0.set("result", isTargetGone ? "the scratch space was removed" : "not removed") }
        )
    }

    // MARK: - Objectives

    /// What would be lost with the source: how old the newest complete snapshot in this copy is.
    private var recoveryPoint: UInt64 {
        let description = try? newest.description(opener: opened.opener)
        return Self.seconds(from: description?.began ?? newest.record.time, to: request.declared)
    }

    private enum TimedPart: String {
        case all
        /// All of it, at the sample's speed.
        case extrapolated
        /// The sample was too small to say anything of all of it.
        case sample
    }

    /// Of fewer bytes the time is that of opening the repository.
    private static let tellingBytes: UInt64 = 64 << 20

    /// From when it was declared until it could be used; of a sample what all of it would take at the same speed.
    private var recoveryTime: (seconds: UInt64, of: TimedPart) {
        let end = usable ?? request.declared
        let taken = max(1, Self.seconds(from: request.declared, to: end))
        guard sample.files != nil, sample.bytesThere > summary.bytes, let complete else { return (taken, .all) }
        guard summary.bytes >= Self.tellingBytes else { return (taken, .sample) }
        let nanoseconds = max(1, complete.nanoseconds - started.nanoseconds)
        let whole = Double(nanoseconds) / 1e9 * Double(sample.bytesThere) / Double(summary.bytes)
        return (max(taken, UInt64(min(whole, 1e15))), .extrapolated)
    }

    private static func seconds(from start: Timestamp, to end: Timestamp) -> UInt64 {
        UInt64(max(0, end.nanoseconds - start.nanoseconds) / 1_000_000_000)
    }
}

extension Duration {
    fileprivate var wholeSeconds: UInt64 { UInt64(max(0, components.seconds)) }
}

extension JSON {
    fileprivate static func object(_ fill: (inout JSONObject) -> Void) -> JSON {
        var object = JSONObject()
        fill(&object)
        return object.value
    }
}
