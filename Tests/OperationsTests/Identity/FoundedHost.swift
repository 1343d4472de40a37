import Primitives
import Sealing
import Synchronization
import TestSupport
import Testing

@testable import Identity
@testable import Operations

/// A host with a directory of persons whose clocks the test has in its hands; sessions are opened without passwords where those are not the matter.
final class FoundedHost: Sendable {
    let folder: TemporaryFolder
    let keeping: IdentityKeeping
    private let passed: Passed

    private final class Passed: Sendable {
        let seconds = Mutex(0)
    }

    init(
        _ roles: [(login: String, role: RoleName)] = [
            ("anna", .securityLead), ("ben", .backupAdministrator), ("carla", .complianceOfficer),
        ], duties: Set<HostDuty> = [], approvers: Int = 2
    ) throws {
        folder = try TemporaryFolder()
        let passed = Passed()
        self.passed = passed
        keeping = IdentityKeeping(
            state: HostState(root: folder.path), user: "test",
            clock: HostClock {
                let seconds = passed.seconds.withLock { $0 }
                return ClockReading(
                    wall: Timestamp(nanoseconds: 1_790_000_000_000_000_000 + Int64(seconds) * 1_000_000_000),
                    sinceStart: .seconds(5000 + seconds), start: HostStartID(Prefix16(high: 1, low: 1)))
            })
        let founders = try roles.map {
            FoundDirectory.Founder(
                name: try #require(LoginName($0.login)), printedName: $0.login.uppercased(), reference: $0.login,
                roles: [$0.role])
        }
        _ = try FoundDirectory.run(
            permit: Permit(owner: "test"), keeping: keeping, founders: founders, approvers: approvers, duties: duties)
    }

    func pass(seconds: Int) { passed.seconds.withLock { $0 += seconds } }

    func id(_ login: String) throws -> PersonID {
        try keeping.look { state, _, _ in try People.find(login, in: state).id }
    }

    /// A door at which somebody stands who has signed in just now.
    func door(of login: String) throws -> IdentityDoor {
        let own = IdentityKeeping(
            state: keeping.state, user: "test", sessionFile: folder.path + "/session-of-" + login,
            clock: keeping.clock)
        let token = SecretBytes.random(count: SessionBook.tokenCount)
        try own.decide { state, key, now in
            let person = try People.find(login, in: state).id
            _ = state.sessions.open(
                LoginSessionID.random(), for: person, purpose: .work, on: try own.doorstep(key).host, token: token,
                at: now)
        }
        try own.keep(token)
        return IdentityDoor(own)
    }

    /// Gives somebody a password of his own and an authenticator, and returns the recovery codes.
    func equip(_ login: String, password: String) throws -> [String] {
        try keeping.decide { state, key, now in
            var random = SystemRandomNumberGenerator()
            let person = try People.find(login, in: state)
            var own = try PasswordCredential(
                temporary: SecretBytes(count: 1) { $0[0] = 1 }, salt: [1], policy: IdentityState.passwords, at: now)
            own.current = try PasswordVerifier(
                password.secret, salt: [1], parameters: ScryptParameters(logN: 4, r: 8, p: 1))
            own.isTemporary = false
            var credentials = Credentials(person: person.id, password: own)
            let recovery = RecoveryCodes.make(for: person.id, using: &random)
            let secret = SecretBytes.random(count: 20)
            #expect(
                credentials.enrol(
                    TimeCode(), secret: secret, recovery: recovery.codes, among: &state.factors, at: now))
            let factor = EnrolledFactors.fingerprint(of: secret)
            state.secrets[factor] = try key.seal(secret, for: factor.bytes)
            state.credentials[person.id] = credentials
            return recovery.texts
        }
    }
}

extension String {
    var secret: SecretBytes {
        let bytes = Array(utf8)
        return SecretBytes(count: bytes.count) { $0.copyBytes(from: bytes) }
    }
}
