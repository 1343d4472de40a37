import Primitives
import TransparencyLog

/// What was found out about a whole log.
package struct AuditReport: Sendable {
    package var tree: TreeHead
    package var origin: String
    package var acts: UInt64 = 0
    /// Intents without an outcome: acts under way, and those whose end nobody has written yet.
    package var open: UInt64 = 0
    /// Entries of a newer version.
    package var unread: UInt64 = 0
    /// Those who signed the newest checkpoint, beside the log itself.
    package var witnesses: [String] = []
    /// Checkpoints that it was compared with.
    package var compared: UInt64 = 0
    /// Of each witness that was asked for, the newest checkpoint of this log that it signed.
    package var witnessed: [Witnessed] = []
    /// Entries that were opened in every repository that was asked for, and are those of this log.
    package var copied: UInt64?
    package var findings: [Failure] = []
}

/// How much of a log a witness vouches for.
package struct Witnessed: Sendable, Equatable {
    package var witness: String
    package var size: UInt64
    package var time: Timestamp
}

extension AuditBook {
    /// Reads everything: hashes all entries anew, compares all tiles and the root, holds it against each checkpoint that was kept elsewhere, and sees whether every outcome belongs to an intent. Each of `witnesses`, by all of its keys,
    /// has to have signed one of the checkpoints.
    package func verify(
        against kept: [(name: String, bytes: [UInt8])], witnesses: [[VerifierKey]] = []
    ) throws -> AuditReport {
        var report = AuditReport(tree: tree, origin: reader.checkpoint.origin.description)
        let own = policy.logs.map(\.key)
        report.witnesses = reader.signatures.map(\.key).filter { key in !own.contains(key) }.map(\.name.description)
            .filter { $0 != report.origin }
        do { try reader.verify() } catch { report.findings.append(AuditFailure.of(error, place)) }
        for note in kept {
            do {
                try check(against: note.bytes, named: note.name)
                report.compared += 1
            } catch {
                report.findings.append(AuditFailure.of(error, place))
            }
        }
        for keys in witnesses {
            if let found = witnessed(by: keys, in: kept) {
                report.witnessed.append(found)
            } else {
                report.findings.append(AuditFailure.unwitnessed(keys, place))
            }
        }
        // Of a log that is altered nothing can be read.
        if report.findings.allSatisfy({ $0.code != .auditAltered }) { try count(&report) }
        return report
    }

    private func witnessed(by keys: [VerifierKey], in kept: [(name: String, bytes: [UInt8])]) -> Witnessed? {
        let notes: [[UInt8]] = kept.map { $0.bytes } + [reader.note.bytes]
        return notes.compactMap { bytes -> Witnessed? in
            guard let note = try? SignedNote(parsing: bytes), let known = try? policy.verified(note).checkpoint,
                let lines = try? note.verified(by: keys), keys.allSatisfy(lines.map(\.key).contains),
                (try? reader.tiles().check(against: known.tree)) != nil, let time = lines.compactMap(\.time).max()
            else { return nil }
            let seconds = Int64(clamping: time).multipliedReportingOverflow(by: 1_000_000_000)
            return Witnessed(
                witness: keys.first?.name.description ?? "", size: known.tree.size,
                time: Timestamp(nanoseconds: seconds.overflow ? .max : seconds.partialValue))
        }.max { ($0.size, $0.time) < ($1.size, $1.time) }
    }

    /// The log has to go on from a checkpoint that somebody kept.
    package func check(against bytes: [UInt8], named name: String) throws {
        let note: SignedNote
        do {
            note = try SignedNote(parsing: bytes)
        } catch {
            throw Failure(
                .usage, "\(name) is no checkpoint: it \(error.problem).",
                advice: "Give a file as 'checkpoint' in the log's folder, in an export or in a repository is.")
        }
        let kept: Checkpoint
        do {
            kept = try policy.verified(note).checkpoint
        } catch LogProblem.otherLog(let origin) {
            throw AuditFailure.replaced("\(name) is a checkpoint of '\(origin)'", place)
        } catch {
            throw Failure(
                .signatureInvalid, "\(name) cannot be believed: \(error).",
                advice: "Take the checkpoint from where it was kept once more; --policy says whose signatures count.")
        }
        do { try reader.tiles().check(against: kept.tree) } catch { throw AuditFailure.of(error, place) }
    }

    private func count(_ report: inout AuditReport) throws {
        var (begun, open) = (BegunActs(), Set<UInt64>())
        try forEach { number, bytes in
            guard let entry = try? AuditEntry(parsing: bytes) else {
                report.unread += 1
                begun.add(nil)
                return
            }
            switch entry.content {
            case .intent(let intent):
                report.acts += 1
                begun.add(intent.act)
                open.insert(number)
            case .outcome(let outcome):
                begun.add(nil)
                guard begun.isBegun(outcome.intent, outcome.act) else {
                    report.findings.append(
                        AuditFailure.altered("entry \(number) ends something that never began", place))
                    return
                }
                open.remove(outcome.intent)
            }
        }
        report.open = UInt64(open.count)
    }
}

/// Which act each entry began: two bytes for each, however long the log.
private struct BegunActs {
    private var words: [String: UInt16] = [:]
    /// 0 for what began none.
    private var entries: [UInt16] = []

    mutating func add(_ act: String?) {
        guard let act else { return entries.append(0) }
        let word = words[act] ?? UInt16(clamping: words.count + 1)
        words[act] = word
        entries.append(word)
    }

    func isBegun(_ number: UInt64, _ act: String) -> Bool {
        guard let number = Int(exactly: number), number < entries.count, entries[number] != 0 else { return false }
        return words[act] == entries[number]
    }
}
