import Primitives
import Sealing
import Testing

@testable import Identity

/// What one person alone does not do (SEC-4, SEC-5).
@Suite("Four eyes") struct ApprovalBookTests {
    private let plan = SHA256Digest.of(Array("drop 3 snapshots".utf8))

    /// carla asked, ben and dora agreed, and the time to object is over.
    private func approved(_ by: [String] = ["ben", "dora"]) throws -> (IdentityWorld, ApprovalID) {
        var world = try IdentityWorld()
        let id = try world.request(plan: plan)
        for name in by { try world.approve(id, by: name, plan: plan) }
        world.clock.pass(.hours(24))
        return (world, id)
    }

    @Test("every grave act has a rule, of two approvers beside the one who asks") func rules() {
        for act in GraveAct.allCases {
            #expect(FourEyesRules()[act].approvers == 2)
            #expect(act.act != .inspect)
        }
        #expect(FourEyesRule(approvers: 0, roles: [.auditor], lifetime: .seconds(9), waiting: .zero) == nil)
        #expect(FourEyesRule(approvers: 1, roles: [], lifetime: .seconds(9), waiting: .zero) == nil)
        #expect(
            FourEyesRule(
                approvers: 1, roles: [.auditor], lifetime: .seconds(9), coolingOff: .seconds(9), waiting: .zero)
                == nil)
    }

    @Test("what two agreed to is executed once, and exactly that") func once() throws {
        var (world, id) = try approved()
        #expect(throws: ApprovalRefusal.otherPlan) { _ = try world.execute(id, plan: .zero) }
        #expect(throws: ApprovalRefusal.otherPlan) { _ = try world.execute(id, .erase, plan: plan) }
        let approvers = try world.execute(id, plan: plan)
        #expect(Set(approvers) == [IdentityWorld.id("ben"), IdentityWorld.id("dora")])
        #expect(throws: ApprovalRefusal.closed(.executed)) { _ = try world.execute(id, plan: plan) }
        #expect(throws: ApprovalRefusal.closed(.executed)) { try world.approve(id, by: "anna", plan: plan) }
    }

    @Test("an id is used once, and none stands for another") func ids() throws {
        var (world, id) = try approved()
        #expect(throws: ApprovalRefusal.idTaken) {
            try world.approvals.request(
                id, .erase, on: .everything, plan: plan, by: IdentityWorld.id("carla"), in: world.directory,
                at: world.clock.now)
        }
        #expect(throws: ApprovalRefusal.unknownRequest) { _ = try world.execute(.zero, plan: plan) }
    }

    @Test("the one who asks does not count, nor one twice, nor one without the role, nor one who saw another plan")
    func whoCounts() throws {
        var world = try IdentityWorld()
        let id = try world.request(plan: plan)
        #expect(throws: ApprovalRefusal.ownRequest) { try world.approve(id, by: "carla", plan: plan) }
        #expect(throws: ApprovalRefusal.notPermitted(.noRole)) { try world.approve(id, by: "otto", plan: plan) }
        #expect(throws: ApprovalRefusal.notPermitted(.noRole)) { try world.approve(id, by: "ada", plan: plan) }
        #expect(throws: ApprovalRefusal.otherPlan) { try world.approve(id, by: "ben", plan: .zero) }
        try world.approve(id, by: "ben", plan: plan)
        #expect(throws: ApprovalRefusal.alreadyApproved) { try world.approve(id, by: "ben", plan: plan) }
        world.clock.pass(.hours(24))
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
    }

    @Test("one who executes does not count among those who agreed") func executor() throws {
        let rule = try #require(
            FourEyesRule(
                approvers: 2, roles: [.securityLead, .complianceOfficer, .technicalLead], lifetime: .hours(9),
                waiting: .zero))
        var world = try IdentityWorld()
        world.approvals = ApprovalBook(rules: FourEyesRules([.resetCredentials: rule]))
        try world.directory.place(.securityLead, on: IdentityWorld.id("dora"), by: [], at: world.clock.now)
        let id = try world.request(.resetCredentials, plan: plan, by: "anna")
        try world.approve(id, by: "dora", plan: plan)
        try world.approve(id, by: "ben", plan: plan)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) {
            _ = try world.execute(id, .resetCredentials, plan: plan, by: "dora")
        }
        let approvers = try world.execute(id, .resetCredentials, plan: plan, by: "anna")
        #expect(approvers.count == 2)
    }

    @Test("who may not do it anyway can neither ask for it nor execute it") func permitted() throws {
        var (world, id) = try approved()
        #expect(throws: ApprovalRefusal.notPermitted(.noRole)) { _ = try world.request(plan: plan, by: "ben") }
        #expect(throws: ApprovalRefusal.notPermitted(.noRole)) { _ = try world.execute(id, plan: plan, by: "dora") }
        try world.directory.delete(IdentityWorld.id("carla"), by: IdentityWorld.id("anna"))
        #expect(throws: ApprovalRefusal.notPermitted(.deleted)) { _ = try world.execute(id, plan: plan) }
    }

    @Test("the second factor is shown within minutes, for agreeing as for executing") func presence() throws {
        var (world, id) = try approved(["ben"])
        let (dora, carla) = (world.presence("dora"), world.presence("carla"))
        world.clock.pass(.seconds(301))
        #expect(throws: ApprovalRefusal.presenceNeeded) {
            try world.approvals.approve(id, plan: plan, by: dora, in: world.directory, at: world.clock.now)
        }
        try world.approve(id, by: "dora", plan: plan)
        #expect(throws: ApprovalRefusal.presenceNeeded) {
            _ = try world.approvals.execute(
                id, .dropSnapshots, plan: plan, by: carla, in: world.directory, at: world.clock.now)
        }
    }

    @Test("others have a day to object, and three days are the end of it, whatever the clock says") func times() throws
    {
        var world = try IdentityWorld()
        let id = try world.request(plan: plan)
        for name in ["ben", "dora"] { try world.approve(id, by: name, plan: plan) }
        world.clock.setWall(by: .hours(30))
        #expect(throws: ApprovalRefusal.tooEarly(by: .hours(24))) { _ = try world.execute(id, plan: plan) }
        world.clock.setWall(by: .hours(-500))
        world.clock.pass(.hours(42))
        #expect(world.approvals[id]?.state == .open)
        world.clock.pass(.seconds(1))
        #expect(throws: ApprovalRefusal.closed(.expired)) { _ = try world.execute(id, plan: plan) }
        #expect(throws: ApprovalRefusal.closed(.expired)) { try world.approve(id, by: "anna", plan: plan) }
    }

    @Test("it is closed by itself when its time is over") func expiry() throws {
        var (world, id) = try approved()
        world.clock.pass(.hours(48))
        world.approvals.expire(at: world.clock.now)
        #expect(world.approvals[id]?.state == .open)
        world.clock.pass(.seconds(1))
        world.approvals.expire(at: world.clock.now)
        #expect(world.approvals[id]?.state == .expired)
    }

    @Test("one who agreed may take it back, and ask or approve anew") func takenBack() throws {
        var (world, id) = try approved()
        #expect(throws: ApprovalRefusal.notApproved) {
            try world.approvals.takeBack(id, by: IdentityWorld.id("anna"), at: world.clock.now)
        }
        try world.approvals.takeBack(id, by: IdentityWorld.id("ben"), at: world.clock.now)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
        try world.approve(id, by: "ben", plan: plan)
        let counted = try world.execute(id, plan: plan).count
        #expect(counted == 2)
    }

    @Test("who asked ends it, and whoever may approve, and nobody else", arguments: ["carla", "anna", "otto"])
    func withdrawn(_ name: String) throws {
        var (world, id) = try approved()
        let (person, mayEnd) = (IdentityWorld.id(name), name != "otto")
        if mayEnd {
            try world.approvals.withdraw(id, by: person, in: world.directory, at: world.clock.now)
            #expect(throws: ApprovalRefusal.closed(.withdrawn)) { _ = try world.execute(id, plan: plan) }
        } else {
            #expect(throws: ApprovalRefusal.notPermitted(.noRole)) {
                try world.approvals.withdraw(id, by: person, in: world.directory, at: world.clock.now)
            }
        }
    }

    @Test("one who was deleted, or lost his role, does not count, nor when he has it again") func demoted() throws {
        let (anna, ben) = (IdentityWorld.id("anna"), IdentityWorld.id("ben"))
        var (world, id) = try approved()
        try world.directory.take(.complianceOfficer, from: ben, by: anna)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
        try world.directory.place(.complianceOfficer, on: ben, by: [], at: world.clock.now)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
        // As what he is now he may agree again.
        try world.approve(id, by: "ben", plan: plan)
        let counted = try world.execute(id, plan: plan).count
        #expect(counted == 2)

        var (other, second) = try approved()
        try other.directory.delete(ben, by: anna)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try other.execute(second, plan: plan) }
    }

    @Test("N-08: who is renamed, or deleted and taken in again, is no further person") func renamed() throws {
        let (anna, ben) = (IdentityWorld.id("anna"), IdentityWorld.id("ben"))
        var (world, id) = try approved(["ben"])
        let benno = try #require(LoginName("benno"))
        try world.directory.rename(ben, name: benno, printedName: "Benno", by: anna)
        #expect(throws: ApprovalRefusal.alreadyApproved) { try world.approve(id, by: "ben", plan: plan) }
        try world.directory.delete(ben, by: anna)
        let again = try world.directory.enrol(
            PersonID.random(), name: try #require(LoginName("bert")), printedName: "Bert",
            reference: SHA256Digest.of(Array("ben".utf8)), by: anna)
        #expect(again == ben)
        try world.directory.place(.complianceOfficer, on: again, by: [], at: world.clock.now)
        try world.approve(id, by: "ben", plan: plan)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
    }

    @Test("nobody is made a second pair of eyes by the one who asks, nor by anyone for the occasion") func puppet()
        throws
    {
        let otto = IdentityWorld.id("otto")
        var world = try IdentityWorld()
        let change = DirectoryChange.give(.technicalLead, to: otto)
        try world.directory.carryOut(
            change, under: try world.warrant(.changeApprovers, plan: change.plan), at: world.clock.now)

        // Asked for by anna: for others he counts after three days, for her never.
        world.clock.setWall(by: .days(30))
        let early = try world.request(plan: plan)
        #expect(throws: ApprovalRefusal.notAnApprover) { try world.approve(early, by: "otto", plan: plan) }
        world.clock.pass(.hours(72))
        let later = try world.request(plan: plan)
        try world.approve(later, by: "otto", plan: plan)
        let annas = try world.request(.destroyKeys, plan: plan, by: "anna")
        #expect(throws: ApprovalRefusal.notAnApprover) { try world.approve(annas, by: "otto", plan: plan) }
    }

    @Test("a word of one's own for one's own request does not count, however it came into the book") func restored()
        throws
    {
        var (world, id) = try approved(["ben"])
        var request = try #require(world.approvals[id])
        request.approvals.append(
            Approval(person: IdentityWorld.id("carla"), at: world.clock.now, directory: world.directory.version))
        request.approvals.append(try #require(request.approvals.first))
        world.approvals = ApprovalBook(rules: world.approvals.rules, restoring: [request])
        #expect(throws: ApprovalRefusal.tooFew(approvals: 0, needed: 2)) {
            try world.directory.place(.backupAdministrator, on: IdentityWorld.id("ben"), by: [], at: world.clock.now)
            _ = try world.execute(id, plan: plan, by: "ben")
        }
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
    }

    @Test("a rule that is stricter by now holds, and one that is looser does not") func changedRules() throws {
        let looser = try #require(
            FourEyesRule(approvers: 1, roles: [.complianceOfficer], lifetime: .days(9), waiting: .zero))
        let stricter = try #require(
            FourEyesRule(
                approvers: 3, roles: FourEyesRules()[.dropSnapshots].roles, lifetime: .hours(72), waiting: .zero))
        var (world, id) = try approved(["ben"])
        world.approvals = ApprovalBook(rules: FourEyesRules([.dropSnapshots: looser]), restoring: world.approvals.all)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 1, needed: 2)) { _ = try world.execute(id, plan: plan) }
        try world.approve(id, by: "dora", plan: plan)
        world.approvals = ApprovalBook(rules: FourEyesRules([.dropSnapshots: stricter]), restoring: world.approvals.all)
        #expect(throws: ApprovalRefusal.tooFew(approvals: 2, needed: 3)) { _ = try world.execute(id, plan: plan) }
        try world.approve(id, by: "anna", plan: plan)
        let counted = try world.execute(id, plan: plan).count
        #expect(counted == 3)
    }
}
