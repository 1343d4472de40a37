import Capture
import Operations
import Primitives
import WriteAheadLog

extension Output {
    /// What the server says, what is wrong with that, and what may be.
    func show(_ report: LogServerReport) {
        if json {
            record("wal-server") { report.fill(&$0) }
        } else if let line = report.line {
            self.line(line)
        }
        for finding in report.findings { found(finding, severity: finding.code == .walGap ? "damage" : "warning") }
        for remark in report.remarks { warning(remark) }
    }
}

extension LogServerReport {
    /// How the server stands, in a word.
    var word: String {
        guard standing != nil else { return "unknown" }
        return findings.isEmpty ? "fine" : "troubled"
    }

    fileprivate func fill(_ object: inout JSONObject) {
        object.set("state", word)
        guard let standing else { return }
        object.set("version", standing.version)
        object.set("system_identifier", String(standing.systemIdentifier))
        object.set("standby", standing.isStandby)
        object.set("position", standing.position.description)
        switch way {
        case .slot(let name)?:
            object.set("way", "slot")
            object.set("slot", name)
            object.set("slot_present", slot != nil)
            object.set("slot_active", slot?.isActive)
            object.set("slot_position", slot?.facts.restart?.description)
            object.set("slot_lag_bytes", slot?.facts.lag)
            object.set("slot_room_bytes", slot?.facts.room)
            object.set("wal_status", slot?.facts.standing?.rawValue)
        case .command?: object.set("way", "archive-command")
        case nil: break
        }
        let archiver = standing.archiver
        object.set("archive_mode", archiver.mode.rawValue)
        object.set("archive_library", archiver.library.flatMap { $0.isEmpty ? nil : $0 })
        object.set("last_archived", archiver.archived?.file)
        object.set("last_archived_time", archiver.archived?.time.description)
        object.set("last_failed", archiver.failed?.file)
        object.set("last_failed_time", archiver.failed?.time.description)
    }

    fileprivate var line: String? {
        guard let standing else { return nil }
        let head = "The server's log goes to \(standing.position)"
        switch way {
        case .slot(let name)?:
            guard let slot else { return head + "." }
            let kept = slot.facts.restart.map { ", which keeps it from \($0) on" } ?? ""
            let details = [
                slot.facts.lag.map { "\(Text.size($0)) behind" }, slot.facts.standing?.rawValue,
                slot.isActive.map { $0 ? "in use" : "not in use" },
            ].compactMap { $0 }
            return "\(head). It comes by the slot '\(name)'\(kept)"
                + (details.isEmpty ? "." : ": \(details.joined(separator: ", ")).")
        case .command?:
            let last = standing.archiver.archived.map { ": \($0.file) last, at \($0.time)" } ?? ""
            return standing.archiver.mode == .off ? head + "." : "\(head), and is handed over by it\(last)."
        case nil: return nil
        }
    }
}
