import ArgumentParser
import Identity
import Operations
import Primitives
import Procedures
import Strategy

/// Does the program's steps of a procedure, by the commands that anybody could give: through the same door, and each in the audit log.
struct RunbookWork {
    struct Result {
        var note: String
        var facts: [String: String] = [:]
    }

    static let snapshotFact = "snapshot."
    static let storeFact = "store"
    static let targetFact = "target"

    let session: Session
    let runbook: Runbook
    /// Where its journal is, and what commands printed.
    let folder: String
    let strategy: BackupStrategy?
    /// As it was given.
    let repository: String?
    let keys: KeyOptions
    /// As it was given.
    let target: String?

    func perform(_ step: RunbookStep) throws -> Result {
        let desk = RunbookDesk(session: session, folder: folder, step: step.id)
        switch (runbook.procedure, step.id) {
        case (_, "stop-services"): return try services { ServiceControl.stop(permit: $0, $1) }
        case (_, "resume-services"): return try services { ServiceControl.start(permit: $0, $1) }
        case (_, "find-failure"): return try findFailure(desk)
        case (_, "propose"), (_, "find-breach"): return try propose(desk)
        case (_, "isolate"): return try isolate()
        case (_, "secure-backups"): return try secure(desk)
        case (_, "find-scope"): return try findScope(desk)
        case (_, "compare"): return try compare(desk)
        case (.corruption, "restore"), (.corruption, "verify"): return try restoreDamaged(desk, step)
        case (_, "restore"), (_, "verify"): return try restore(desk, step)
        default: throw Failure.unexpected("nobody knows how to do '\(step.id)'")
        }
    }

    static func failure(_ error: any Error) -> Failure { error as? Failure ?? .unexpected("\(error)") }

    /// What earlier steps found out; the later ones count.
    var facts: [String: String] {
        runbook.steps.reduce(into: [:]) { all, state in all.merge(state.facts) { $1 } }
    }

    /// Options that name the store and the key, as they were given here or found out before.
    func place(_ store: String? = nil) -> [String] {
        var words: [String] = []
        if let store = store ?? repository ?? facts[Self.storeFact] { words += ["--repository", store] }
        if let file = keys.passphraseFile { words += ["--passphrase-file", file] }
        if let file = keys.recipientFile { words += ["--recipient-file", file] }
        return words + keys.shareFile.flatMap { ["--share-file", $0] }
    }
}

// MARK: Services

extension RunbookWork {
    private func services(
        _ act: (borrowing Permit<RestoreAction>, [ServicePlan]) -> [ServiceControl.Ending]
    ) throws -> Result {
        let plan = strategy?.emergency ?? EmergencyPlan()
        let affected = runbook.procedure == .corruption ? plan.affected(by: runbook.subjects) : plan.startOrder
        guard !affected.isEmpty else { return Result(note: "the strategy names no services") }
        let permit = try session.permit(RestoreAction.self, on: .anything)
        return try Self.result(act(permit, affected))
    }

    static func result(_ endings: [ServiceControl.Ending]) throws -> Result {
        let problems = endings.compactMap(\.problem)
        guard let first = problems.first else {
            return Result(note: endings.map { "\($0.deed.rawValue) \($0.name)" }.joined(separator: ", "))
        }
        let rest = problems.count == 1 ? "" : " And \(problems.count - 1) more."
        throw Failure(first.code, first.message + rest, advice: first.advice)
    }

    private func findFailure(_ desk: RunbookDesk) throws -> Result {
        desk.note(FailureSigns.lines(state: session.surroundings.hostState))
        var facts: [String: String] = [:]
        let services = strategy?.emergency.startOrder ?? []
        let permit = try session.permit(RestoreAction.self, on: .anything)
        let unwell = ServiceControl.check(permit: permit, services).compactMap { ending -> String? in
            ending.problem.map { desk.note([$0.message]) }
            return ending.problem == nil ? nil : ending.name
        }
        if !unwell.isEmpty { facts["services-unwell"] = unwell.joined(separator: ", ") }
        if strategy != nil {
            desk.ask(["status"])
            desk.ask(["runs", "--limit", "20"])
        }
        var away: [String] = []
        for store in stores where desk.ask(["verify", "--status"] + place(store)) != 0 { away.append(store) }
        if !away.isEmpty { facts["stores-unwell"] = away.joined(separator: ", ") }
        let found = [
            unwell.isEmpty ? nil : "unwell: " + unwell.joined(separator: ", "),
            away.isEmpty ? nil : "not proven or not reachable: " + away.joined(separator: ", "),
        ].compactMap { $0 }
        let words = found.isEmpty ? "services and stores that can be asked are well" : found.joined(separator: "; ")
        return Result(note: "\(words); see \(try desk.keep())", facts: facts)
    }

    private func isolate() throws -> Result {
        let plans = strategy?.emergency.isolation ?? []
        let frozen = "nothing is dropped or freed by this host"
        guard !plans.isEmpty else { return Result(note: "the strategy names nothing that isolates; \(frozen)") }
        let permit = try session.permit(RestoreAction.self, on: .anything)
        return Result(note: "\(try Self.result(ServiceControl.isolate(permit: permit, plans)).note); \(frozen)")
    }

    private func secure(_ desk: RunbookDesk) throws -> Result {
        let proposal = try BackupProposal.find(self)
        var held: [String] = []
        for member in proposal.members {
            for id in Set([member.good, member.newest].compactMap { $0 }).sorted() {
                let reason = "Breach \(folder.split(separator: "/").last ?? ""): evidence, and what is restored from"
                try desk.require(["hold", "add", id, "--reason", reason] + place(proposal.store))
                held.append(String(id.prefix(16)))
            }
        }
        let withdrawn = try withdraw(desk, proposal.store)
        return Result(
            note: "held: \(held.joined(separator: ", ")); \(withdrawn); see \(try desk.keep())",
            facts: [Self.storeFact: proposal.store])
    }

    /// Whoever was on this host may have its writer's key.
    private func withdraw(_ desk: RunbookDesk, _ store: String) throws -> String {
        let reason = "Breach \(folder.split(separator: "/").last ?? "")"
        let words = ["keys", "withdraw", "--this-host", "--reason", reason, "--json"] + place(store)
        // 10: something is missing, and only of the identity it is known what that means.
        let said = try desk.results(words, accepting: [0, 10]).split(whereSeparator: \.isNewline).map {
            try JSON(parsing: Array($0.utf8))
        }
        if said.contains(where: { $0["withdrawn"] != nil }) { return "this host's writer is withdrawn" }
        guard said.contains(where: { $0["code"]?.text == Failure.Code.identityMissing.rawValue }) else {
            throw Failure(
                .toolFailed, "This host's writer could not be withdrawn: see \(try desk.keep()).",
                advice: "Mend what it complains about and run 'safehold emergency next' again.")
        }
        return "this host is no writer there"
    }
}

// MARK: Backups

extension RunbookWork {
    /// Where backups may be, the nearest first.
    var stores: [String] {
        if let repository { return [repository] }
        let ranks: [StorePlan.Role] = [.primary, .secondary]
        let planned = ranks.flatMap { rank in strategy?.stores.filter { $0.role == rank } ?? [] }.map(\.location)
        return planned.isEmpty ? [session.surroundings.repository].compactMap { $0 } : planned
    }

    private func propose(_ desk: RunbookDesk) throws -> Result {
        let proposal = try BackupProposal.find(self)
        if runbook.procedure == .breach {
            desk.ask(["anomalies", "list", "--limit", "200"] + place(proposal.store))
            try layBeside(desk, proposal.store)
        }
        desk.note(proposal.lines)
        let missing = proposal.members.filter { $0.good == nil }.map(\.component)
        guard missing.isEmpty else {
            _ = try desk.keep()
            throw Failure(
                .snapshotMissing, "There is no good backup of \(missing.joined(separator: ", ")) in \(proposal.store).",
                advice: "Name another store with --repository, or leave the component out of the procedure.")
        }
        var facts = [Self.storeFact: proposal.store]
        for member in proposal.members { facts[Self.snapshotFact + member.component] = member.good }
        return Result(note: proposal.lines.joined(separator: "; ") + "; see \(try desk.keep())", facts: facts)
    }

    /// When files were changed, and who was about then. Where nothing raised an alarm, the newest acts.
    private func layBeside(_ desk: RunbookDesk, _ store: String) throws {
        let said = try desk.results(["anomalies", "timeline", "--json"] + place(store), accepting: [0])
        let found = try ChangeSpan.all(in: said)
        for span in found {
            desk.ask(["audit", "search", "--since", "\(span.since)", "--until", "\(span.until)"])
            desk.note(AccessSigns.lines(since: span.since, until: span.until))
        }
        if found.isEmpty { desk.ask(["audit", "log", "--limit", "200"]) }
    }

    private var chosen: [(component: String, snapshot: String)] {
        facts.filter { $0.key.hasPrefix(Self.snapshotFact) }.sorted { $0.key < $1.key }.map {
            (String($0.key.dropFirst(Self.snapshotFact.count)), $0.value)
        }
    }

    /// The folder that restored files go below.
    private func place(of step: RunbookStep) throws -> String {
        if let target { return try session.text(try session.absolute(target)) }
        if let known = facts[Self.targetFact] { return known }
        throw Failure(
            .usage, "It was not said where restored files go.",
            advice:
                "Pass --target DIR: files come back below it at their absolute paths; with --target / where they were.")
    }

    private func restore(_ desk: RunbookDesk, _ step: RunbookStep) throws -> Result {
        let target = try place(of: step)
        let chosen = chosen
        guard !chosen.isEmpty else {
            throw Failure(
                .snapshotMissing, "No backup was proposed or named.",
                advice: "Name one with '--note TEXT --snapshot COMPONENT=SNAPSHOT' at a step of people's.")
        }
        for (component, snapshot) in chosen {
            // What programs printed has no place of its own in the file system.
            let isStreamed = strategy?.component(component)?.isStreamed ?? false
            if isStreamed, target == "/" {
                throw Failure(
                    .usage, "'\(component)' is what programs printed, and has no place where it was.",
                    advice: "Pass --target DIR: it comes into a folder of that name below it.")
            }
            let folder = isStreamed ? "\(target)/\(component)" : target
            try LocalFile.makeDirectories(folder)
            let more = step.id == "verify" ? ["--verify"] : []
            try desk.require(["restore", snapshot, "--target", folder] + more + place())
        }
        let names = chosen.map { "\($0.component) \($0.snapshot.prefix(16))" }.joined(separator: ", ")
        let words =
            step.id == "verify"
            ? "read back and compared below \(target): \(names)" : "restored below \(target): \(names)"
        return Result(note: words + "; see \(try desk.keep())", facts: [Self.targetFact: target])
    }

    private func compare(_ desk: RunbookDesk) throws -> Result {
        for (component, snapshot) in chosen {
            desk.ask(["diff", snapshot, "latest:\(component)"] + place())
        }
        return Result(note: "what changed since is in \(try desk.keep())")
    }
}

// MARK: Corruption

extension RunbookWork {
    private func findScope(_ desk: RunbookDesk) throws -> Result {
        let subjects = runbook.subjects.isEmpty ? strategy?.components.map(\.name) ?? [] : runbook.subjects
        guard !subjects.isEmpty else {
            throw Failure(
                .usage, "It was not said what is corrupted.",
                advice: "Abort this one, and name components: 'safehold emergency start corruption COMPONENT'.")
        }
        var damaged = DamagedFiles()
        for component in subjects {
            let said = try desk.results(["emergency", "scope", component, "--json"] + place(), accepting: [0, 11])
            try damaged.take(said, of: component)
        }
        let name = try desk.keep()
        guard damaged.lost.isEmpty else {
            let first = damaged.lost[0]
            return Result(
                note:
                    "\(damaged.words), of which \(damaged.lost.count) are intact in no snapshot, \(first) first; see \(name)",
                facts: damaged.facts)
        }
        return Result(note: "\(damaged.words); see \(name)", facts: damaged.facts)
    }

    private func restoreDamaged(_ desk: RunbookDesk, _ step: RunbookStep) throws -> Result {
        let damaged = DamagedFiles(facts: facts)
        guard !damaged.versions.isEmpty || !damaged.recoveries.isEmpty else {
            return Result(note: "there is nothing to restore")
        }
        let target = try place(of: step)
        try LocalFile.makeDirectories(target)
        for (snapshot, paths) in damaged.versions.sorted(by: { $0.key < $1.key }) {
            let more = step.id == "verify" ? ["--verify"] : ["--overwrite", "always"]
            try desk.require(["restore", snapshot, "--target", target] + more + place() + ["--"] + paths)
        }
        for (component, time) in damaged.recoveries.sorted(by: { $0.key < $1.key }) {
            let words = ["restore", component, "--at", time, "--target-end"] + place()
            // A server goes there in scratch space and reads every row.
            try desk.require(words + (step.id == "verify" ? ["--verify"] : ["--to", "\(target)/\(component)"]))
        }
        let verb = step.id == "verify" ? "read back and compared" : "restored"
        return Result(
            note: "\(damaged.words) \(verb) below \(target); see \(try desk.keep())", facts: [Self.targetFact: target])
    }
}
