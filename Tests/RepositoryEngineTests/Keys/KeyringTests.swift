import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct KeyringTests {
    private let repository: TestRepository
    private var store: MemoryStore { repository.store }

    init() throws { repository = try TestRepository() }

    private func openingCode() -> Failure.Code? { failureCode { _ = try repository.open() } }

    private func only(_ prefix: String) throws -> ObjectName { try #require(try store.names(below: prefix).first) }

    @Test func everythingThatWasSignedIsThere() throws {
        let keyring = try repository.open().keyring
        #expect(keyring.recipients.map(\.id) == [repository.owner.id, repository.keyFile.id])
        #expect(keyring.recipients[0].powers == [.opens, .administers] && keyring.recipients[1].powers == .opens)
        #expect(keyring.writers.keys.map { $0 } == [repository.writer.id])
        #expect(keyring.writers[repository.writer.id]?.key == repository.writer.signing.publicKey)
        #expect(keyring.epochs[repository.domain]?.map(\.epoch) == [1])
        #expect(try repository.open().format == repository.format)
    }

    @Test func aRepositoryThatIsNotThereIsMissing() {
        #expect(failureCode { _ = try Repository.open(MemoryStore()) } == .repositoryMissing)
    }

    @Test func anAlteredFormatIsFound() throws {
        let bytes = try store.bytes(Names.format)
        store.tamper(Names.format, with: bytes + Array("comment: harmless\n".utf8))
        #expect(openingCode() == .signatureInvalid)
        store.tamper(Names.format, with: Array("something else".utf8))
        #expect(openingCode() == .objectDamaged)
    }

    @Test func anotherAdministratorIsFound() throws {
        let other = try HybridSignature.PrivateKey.random().publicKey
        store.tamper(Names.administratorPublic, with: other.bytes)
        #expect(openingCode() == .signatureInvalid)
        store.tamper(Names.administratorPublic, with: nil)
        #expect(openingCode() == .objectMissing)
    }

    @Test func aWriterWhomNobodyCertifiedIsNone() throws {
        let stranger = try HybridSignature.PrivateKey.random()
        let certificate = WriterCertificate(
            id: .random(), domain: repository.domain, host: "evil", key: stranger.publicKey,
            created: Timestamp(nanoseconds: 0))
        let bytes = try SignedRecord.encode(.writer, certificate.fields, repository: repository.id, key: stranger)
        _ = try store.put(bytes, as: Names.hashed(Names.writers, SHA256Digest.of(bytes)), .immediate)
        #expect(openingCode() == .signatureInvalid)
    }

    @Test func aWithdrawalThatTheAdministratorDidNotSignIsFound() throws {
        let withdrawal = WriterWithdrawal(
            writer: repository.writer.id, time: Timestamp(seconds: 1), last: 0, snapshot: .zero, reason: "")
        let bytes = try SignedRecord.encode(
            .withdrawal, withdrawal.fields, repository: repository.id, key: repository.writer.signing)
        _ = try store.put(bytes, as: Names.hashed(Names.withdrawals, SHA256Digest.of(bytes)), .immediate)
        #expect(openingCode() == .signatureInvalid)
    }

    @Test func aWriterWhoWasWithdrawnMeanwhileIsToldSo() throws {
        let before = try repository.open()
        try before.requireStandingNow(of: repository.writer.id)
        _ = try repository.administration.withdraw(repository.writer.id, after: nil, reason: "stolen")
        try before.requireStanding(of: repository.writer.id)
        #expect(throws: Failure.self) { try before.requireStandingNow(of: repository.writer.id) }
        #expect(throws: Failure.self) { try repository.open().requireStanding(of: repository.writer.id) }
        try repository.open().requireStandingNow(of: .random())
    }

    @Test(arguments: [Names.recipients, Names.writers, Names.withdrawals, Names.domains])
    func noKeyRecordCanBeAltered(_ prefix: String) throws {
        _ = try repository.administration.withdraw(repository.writer.id, after: nil, reason: "lost")
        let name = try #require(try store.names(below: prefix).first { !$0.path.contains("/slots/") })
        let bytes = try store.bytes(name)
        for bit in stride(from: 3, to: bytes.count * 8, by: 4_001) {
            store.tamper(name, with: bytes.flippingBit(bit))
            let code = openingCode()
            #expect(code == .signatureInvalid || code == .objectDamaged, "bit \(bit)")
        }
    }

    /// A signed record under a name that is not its own: an older one in the place of a newer, or one twice.
    @Test(arguments: [Names.recipients, Names.writers]) func aRecordUnderAnotherNameIsFound(_ prefix: String) throws {
        let bytes = try store.bytes(try only(prefix))
        _ = try store.put(bytes, as: Names.hashed(prefix, .zero), .immediate)
        #expect(openingCode() == .objectDamaged)
    }

    @Test func anOldBundleInThePlaceOfANewOneIsFound() throws {
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        try repository.administration.beginEpoch(
            secrets, domain: repository.domain, epoch: 2, recipients: [repository.owner])
        #expect(try repository.open().keyring.epochs[repository.domain]?.map(\.epoch) == [1, 2])
        store.tamper(Names.bundle(repository.domain, 2), with: try store.bytes(Names.bundle(repository.domain, 1)))
        #expect(openingCode() == .objectDamaged)
        store.tamper(Names.bundle(repository.domain, 2), with: nil)
        let foreign = Names.bundle(.random(), 1)
        _ = try store.put(try store.bytes(Names.bundle(repository.domain, 1)), as: foreign, .immediate)
        #expect(openingCode() == .objectDamaged)
    }
}
