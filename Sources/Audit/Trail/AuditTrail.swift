import Glibc
import Primitives
import TransparencyLog

/// The audit log of this host, as those see it who write to it. Several threads and processes may do so at the same time.
///
/// What is to be done is written before it is begun, and how it ended when it is over; each is durable on return. Whoever writes finds the intents that others left behind who are
/// gone, and ends them. Where the log cannot be written, or is not as this host remembers it, nothing is written: whoever asked may not begin.
package final class AuditTrail: Sendable {
    /// What stands in every entry.
    package struct Voice: Sendable {
        package var actor: @Sendable () -> AuditActor
        package var moment: @Sendable () -> AuditMoment
        package var software: String

        package init(
            actor: @escaping @Sendable () -> AuditActor, moment: @escaping @Sendable () -> AuditMoment, software: String
        ) {
            (self.actor, self.moment, self.software) = (actor, moment, software)
        }
    }

    package let place: AuditPlace
    private let voice: Voice
    private let clock: WallClock
    private let patience: Duration
    /// Threads of one process wait here, and not at the file.
    private let turn = Monitor(KeptLedger())

    package init(_ place: AuditPlace, voice: Voice, clock: WallClock, patience: Duration = .seconds(30)) {
        (self.place, self.voice, self.clock, self.patience) = (place, voice, clock, patience)
    }

    /// Writes that `act` is about to be done. Throws `audit-…`, and then it must not be done.
    package func begin(_ act: Act) throws -> OpenIntent {
        do {
            return try locked { ledger in
                let left = reconciliation(ledger)
                let number = ledger.size + UInt64(left.count)
                let open = try OpenIntent(number: number, act, place)
                do {
                    _ = try ledger.append(left + [entry(act)])
                } catch {
                    OpenIntent.forget(number, place)
                    throw error
                }
                forget(left)
                return open
            }
        } catch {
            throw AuditFailure.unwritten(error, place)
        }
    }

    /// Writes how it ended.
    package func end(_ open: OpenIntent, _ ending: ActEnding) throws {
        try note(ending, of: open.number, open.act, open.session)
        OpenIntent.forget(open.number, place)
    }

    /// Writes a further outcome of a standing act, or the one of an act that is open.
    func note(_ ending: ActEnding, of number: UInt64, _ act: String, _ session: AuditSession?) throws {
        do {
            try locked { ledger in
                let left = reconciliation(ledger).filter { !$0.ends(number) }
                let outcome = AuditEntry.Outcome(intent: number, act: act, ending: ending, isReconciled: false)
                var own = entry(.outcome(outcome), actor(session))
                own.moment.stores = ending.stores.prefix(StoreClock.most).map { StoreClock($0, at: own.moment) }
                _ = try ledger.append(left + [own])
                forget(left)
            }
        } catch {
            throw AuditFailure.unended(error, place)
        }
    }

    var moment: AuditMoment { voice.moment() }

    /// Puts a log aside that is not as it should be, and begins another one, whose first entry is this act: it names the log that was put aside as this host remembers it. Throws `usage` where
    /// nothing is wrong with the log. Returns where the old one is kept.
    package func restart(_ act: Act) throws -> String {
        do {
            return try turn.withLock { kept in
                let lock = try TrailLock(place, patience: patience)
                defer { lock.release() }
                kept.forget()
                try Self.checkBroken(place, clock)
                var act = act
                if let known = try? AuditHead.read(place) {
                    act.objects.append(ActObject(.log, "\(known.tree.size) entries, root \(known.tree.root.hex)"))
                }
                let aside = try putAside()
                act.objects.append(ActObject(.target, aside))
                var ledger = try AuditLedger.open(place, clock: clock)
                let number = try ledger.append([entry(act)])
                let outcome = AuditEntry.Outcome(
                    intent: number, act: act.name, ending: ActEnding(.ok), isReconciled: false)
                _ = try ledger.append([entry(.outcome(outcome), voice.actor())])
                return aside
            }
        } catch {
            throw AuditFailure.unwritten(error, place)
        }
    }

    private static func checkBroken(_ place: AuditPlace, _ clock: WallClock) throws {
        guard place.isBegun else { throw AuditFailure.missing(place) }
        do {
            _ = try AuditLedger.open(place, clock: clock)
            try AuditBook(place).reader.verify()
        } catch {
            guard AuditFailure.of(error, place).code.class == .integrity else { throw error }
            return
        }
        throw Failure(
            .usage, "Nothing is wrong with the audit log in \(place.folder), so no other one is begun.",
            advice: "'safehold audit verify' shows it.")
    }

    private func putAside() throws -> String {
        let stamp = String(clock.now().description.filter { $0 != "-" && $0 != ":" })
        let aside = place.state + "/audit-put-aside-" + stamp
        for (path, other) in [(place.folder, aside), (place.head, aside + "-head")] where access(path, F_OK) == 0 {
            guard access(other, F_OK) != 0 else { throw LocalFile.unusable(EEXIST, "make", other) }
            try LocalFile.replace(other, with: path)
        }
        return aside
    }

    private func locked<R>(_ body: (inout AuditLedger) throws -> R) throws -> R {
        try turn.withLock { kept in
            let lock = try TrailLock(place, patience: patience)
            defer { lock.release() }
            return try kept.use({ try AuditLedger.open(place, clock: clock) }, body)
        }
    }

    private func entry(_ act: Act) -> AuditEntry {
        var actor = actor(act.session)
        if act.isByHost { actor.kind = .host }
        return entry(.intent(AuditEntry.Intent(act, process: UInt64(max(0, getpid())))), actor)
    }

    private func actor(_ session: AuditSession?) -> AuditActor {
        var actor = voice.actor()
        actor.session = session
        if let session { actor.kind = session.kind }
        return actor
    }

    private func entry(_ content: AuditEntry.Content, _ actor: AuditActor) -> AuditEntry {
        AuditEntry(content, by: actor, at: voice.moment(), software: voice.software)
    }

    /// Outcomes for the intents of those who are gone.
    private func reconciliation(_ ledger: borrowing AuditLedger) -> [AuditEntry] {
        ledger.abandoned().map { open in
            let outcome = AuditEntry.Outcome(
                intent: open.number, act: open.act, ending: ActEnding(.interrupted), isReconciled: true)
            return entry(.outcome(outcome), voice.actor())
        }
    }

    private func forget(_ outcomes: [AuditEntry]) {
        for case .outcome(let outcome) in outcomes.map(\.content) { OpenIntent.forget(outcome.intent, place) }
    }
}

extension AuditEntry {
    fileprivate func ends(_ number: UInt64) -> Bool {
        if case .outcome(let outcome) = content { outcome.intent == number } else { false }
    }
}
