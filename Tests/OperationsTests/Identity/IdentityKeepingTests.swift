import Catalog
import Foundation
import Glibc
import Primitives
import Sealing
import Synchronization
import TestSupport
import Testing

@testable import Identity
@testable import Operations

/// What a host keeps of persons: one decision after the other, whoever takes them, and the newest state only.
@Suite("Identity kept") struct IdentityKeepingTests {
    private static func inParallel(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
        DispatchQueue.concurrentPerform(iterations: count) { body($0) }
    }

    @Test("of many who show the same recovery code at once, one comes in") func oneCode() throws {
        let host = try FoundedHost()
        let code = try #require(try host.equip("ben", password: "a password of ben's").first)
        let keeping = host.keeping
        let came = Mutex(0)
        Self.inParallel(8) { number in
            let own = IdentityKeeping(
                state: keeping.state, user: "test", sessionFile: "\(host.folder.path)/s\(number)", clock: keeping.clock)
            let shown = Shown(name: LoginName("ben"), password: "a password of ben's".secret, code: code)
            if (try? SigningIn.run(shown, keeping: own)) != nil { came.withLock { $0 += 1 } }
        }
        #expect(came.withLock { $0 } == 1)
        #expect(
            try keeping.look { state, _, _ in
                state.credentials[try People.find("ben", in: state).id]?.recovery.remaining
            } == 9)
    }

    @Test("of many wrong attempts at once, five are looked at, and the others find the account closed")
    func lastAttempt()
        throws
    {
        let host = try FoundedHost()
        _ = try host.equip("ben", password: "a password of ben's")
        let keeping = host.keeping
        let codes = Mutex<[Failure.Code]>([])
        Self.inParallel(12) { _ in
            let shown = Shown(name: LoginName("ben"), password: "a guess".secret, code: "000000")
            do {
                _ = try SigningIn.run(shown, keeping: keeping)
            } catch {
                codes.withLock { $0.append(error.asFailure.code) }
            }
        }
        let seen = codes.withLock { $0 }
        #expect(seen.count { $0 == .signInRefused } == 5 && seen.count { $0 == .accountLocked } == 7)
    }

    @Test("of many who execute the same request at once, one does") func oneWarrant() throws {
        let host = try FoundedHost(approvers: 1)
        let door = try host.door(of: "ben")
        let plan = GravePlan(.exportPersonalData, lines: ["somebody's data"])
        let line = try Requests.ask(
            permit: try door.permit(for: ExportAction.self), keeping: host.keeping, for: plan)
        let approver = try host.door(of: "anna")
        _ = try Requests.approve(
            permit: try approver.permit(for: ApproveAction.self), keeping: host.keeping, named: line.request.id.hex,
            plan: plan.digest)
        let done = Mutex(0)
        Self.inParallel(8) { _ in
            do {
                try door.leave(for: plan, request: line.request.id).require(plan.act, plan: plan.digest)
                done.withLock { $0 += 1 }
            } catch {}
        }
        #expect(done.withLock { $0 } == 1)
    }

    /// Somebody has verified who he is, and he has signed something.
    private static func prove(_ login: String, in state: inout IdentityState, now: Moment) throws {
        let person = try People.find(login, in: state).id
        try state.prove(person, by: .passport, checkedBy: try People.find("anna", in: state).id, now: now)
        let record = RecordVersion(kind: "file", id: "a", version: 3, mediaType: "text/plain", content: [1, 2])
        let line = SignatureBook.Line(
            id: SignatureID.random(), signer: person, meaning: .approval, record: record, signedAt: now.wall,
            digest: record.digest)
        state.signatures.lines[line.id] = line
    }

    @Test("everything that is kept comes back as it was") func roundTrip() throws {
        let host = try FoundedHost(duties: [.backups])
        _ = try host.equip("ben", password: "a password of ben's")
        let door = try host.door(of: "ben")
        let permit = try door.permit(for: ForgetAction.self)
        _ = try Requests.ask(
            permit: permit, keeping: host.keeping, for: GravePlan(.dropSnapshots, lines: ["one", "two"]))
        for name in ["nobody", "ben"] {
            let shown = Shown(name: LoginName(name), password: "a guess".secret, code: "000000")
            #expect(throws: Failure.self) { _ = try SigningIn.run(shown, keeping: host.keeping) }
        }
        try host.keeping.decide { state, _, now in
            try state.delete(
                try People.find("carla", in: state).id, by: try People.find("anna", in: state).id, now: now)
            state.factors.reportLost(Digest32(a: 9, b: 9, c: 9, d: 9))
            let ben = try People.find("ben", in: state).id
            try state.directory.place(
                .operator, on: ben, by: [], within: Limits(components: ["a", "b"], stores: ["/mnt"]), at: now)
            state.directory.signingKeys[Digest32(a: 1, b: 2, c: 3, d: 4)] = ben
            state.directory.withdraw(Digest32(a: 1, b: 2, c: 3, d: 4), at: now)
            state.directory.roles[try #require(RoleName("own"))] = Role(
                name: try #require(RoleName("own")),
                grants: [Grant([.backup], components: .only(["a", "b"])), Grant([.inspect], stores: .only(["main"]))])
            try Self.prove("ben", in: &state, now: now)
            state.alarms.raise(.stolenSession, of: ben, at: now)
            try state.noteLetter(sent: "2026-11-02", by: try People.find("anna", in: state).id, now: now)
        }
        try host.keeping.look { state, _, _ in
            let again = try IdentityState(keptIn: state.rows)
            #expect(Set(again.rows) == Set(state.rows))
            #expect(again.directory == state.directory && again.house == state.house)
            #expect(again.sessions == state.sessions && again.credentials == state.credentials)
            #expect(again.factors == state.factors && again.desk == state.desk && again.clock == state.clock)
            #expect(again.approvals == state.approvals && again.signing == state.signing)
            #expect(again.signatures == state.signatures && again.proofs == state.proofs)
            #expect(again.alarms == state.alarms && again.letter == state.letter)
            #expect(state.rows.count > 12)
        }
    }

    @Test("a row that was cut, lengthened or turned anywhere is refused, and never read as something else")
    func damagedRows()
        throws
    {
        let host = try FoundedHost()
        _ = try host.equip("ben", password: "a password of ben's")
        _ = try host.door(of: "ben")
        try host.keeping.decide { state, _, now in
            try Self.prove("ben", in: &state, now: now)
            state.alarms.raise(.stolenSession, of: nil, at: now)
            state.alarms.stranger(at: now)
            try state.noteLetter(sent: "2026-11-02", by: try People.find("anna", in: state).id, now: now)
        }
        try host.keeping.look { state, key, _ in
            let rows = state.rows
            let seal = key.seal(rows, version: 7)
            #expect(key.seal(rows.reversed(), version: 7) == seal)
            #expect(key.seal(rows, version: 8) != seal)
            for (index, row) in rows.enumerated() {
                var others = rows
                others.remove(at: index)
                #expect(key.seal(others, version: 7) != seal)
                for count in 0..<row.bytes.count {
                    let cut = KeptRow(row.table, key: row.key, bytes: Array(row.bytes.prefix(count)))
                    #expect(throws: EncodingError.self) { _ = try IdentityState(keptIn: others + [cut]) }
                }
                let longer = KeptRow(row.table, key: row.key, bytes: row.bytes + [0])
                #expect(throws: EncodingError.self) { _ = try IdentityState(keptIn: others + [longer]) }
            }
        }
    }

    @Test("the catalog's tables are those of Identity") func tables() {
        #expect(Set(CatalogDatabase.identityTables) == Set(KeptRow.Table.allCases.map(\.rawValue)))
    }

    @Test(
        "a program that was ended between the catalog and the note beside it did its decision, and the next one goes on"
    )
    func between() throws {
        let host = try FoundedHost()
        let note = host.keeping.folder + "/newest"
        let before = try #require(try LocalFile.read(note, limit: 1000))
        _ = try host.door(of: "ben")
        try LocalFile.write(before, to: note)
        _ = try host.door(of: "anna")
        try LocalFile.write(before, to: note)
        let failure = #expect(throws: Failure.self) { _ = try host.door(of: "ben") }
        #expect(failure?.code == .identityBehind)
    }

    @Test(
        "who is put out, and a catalog that lies there instead of the one that was opened, are noticed while a program runs"
    )
    func longRuns() throws {
        let host = try FoundedHost()
        let (ben, anna) = (try host.door(of: "ben"), try host.door(of: "anna"))
        _ = try ben.permit(for: BackupAction.self)
        let path = host.folder.path + "/catalog.sqlite"
        try FileManager.default.copyItem(atPath: path, toPath: path + ".old")
        let by = try People.actor(try anna.permit(for: AccountAction.self).who)
        try host.keeping.decide { state, _, now in
            try state.delete(try People.find("ben", in: state).id, by: by, now: now)
        }
        let out = #expect(throws: Failure.self) { _ = try ben.permit(for: BackupAction.self) }
        #expect(out?.code == .notSignedIn)
        for end in ["-wal", "-shm"] { unlink(path + end) }
        #expect(rename(path + ".old", path) == 0)
        let behind = #expect(throws: Failure.self) { _ = try anna.permit(for: InspectAction.self) }
        #expect(behind?.code == .identityBehind)
    }

    @Test("what is kept is its owner's alone") func modes() throws {
        let host = try FoundedHost()
        _ = try host.door(of: "ben")
        for file in ["identity/key", "identity/newest", "catalog.sqlite", "session-of-ben"] {
            var status = stat()
            try #require(stat(host.folder.path + "/" + file, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(file)")
        }
    }
}
