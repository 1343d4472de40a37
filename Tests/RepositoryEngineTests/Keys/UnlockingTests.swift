import Primitives
import RepositoryEngine
import Sealing
import Storage
import TestSupport
import Testing

@Suite struct UnlockingTests {
    private let repository: TestRepository
    private var store: MemoryStore { repository.store }

    init() throws { repository = try TestRepository() }

    /// The code that opening with `credential` ends with.
    private func code(_ credential: consuming Credential) throws -> Failure.Code? {
        let opened = try repository.open()
        do {
            _ = try opened.unlock(credential)
            return nil
        } catch let failure as Failure {
            return failure.code
        }
    }

    @Test func thePassphraseOpensAndAnotherDoesNot() throws {
        try repository.addPassphrase()
        #expect(try code(.passphrase(TestRepository.secret(TestRepository.passphrase))) == nil)
        for wrong in ["", "wrong", TestRepository.passphrase + "\n", TestRepository.passphrase.uppercased()] {
            #expect(try code(.passphrase(TestRepository.secret(wrong))) == .passphraseWrong, "'\(wrong)'")
        }
    }

    @Test func aKeyFileOpensAndAForeignOneDoesNot() throws {
        #expect(try code(.recipientKey(try repository.keyFileKey.copy())) == nil)
        #expect(try code(.recipientKey(try Encapsulation.PrivateKey.random())) == .keyDenied)
    }

    @Test func whatWasUnlockedOpensWhatTheWriterSealed() throws {
        let session = try repository.session()
        let writer = try PackWriter(kind: .data, session: session, store: store)
        let bytes = Array("secret".utf8)
        let opener = try repository.unlock()
        let identity = try #require(opener.identity(of: repository.domain))
        let id = bytes.withUnsafeBytes { identity.id(of: .data, plaintext: $0) }
        try writer.append(bytes, .data, id: id)
        _ = try IndexRunWriter.write([try writer.finish(in: store)], session: session, store: store)
        let set = try IndexSet(store: store, opener: opener)
        var reader = ChunkReader(
            store: store, locator: set.locator, packs: PackCache(store: store, opener: opener), identity: identity)
        #expect(try reader.bytes(id) == bytes)
        #expect(opener.domains == [repository.domain] && set.problems == [])
    }

    @Test func onlyAnAdministratorAdministers() throws {
        let keyring = try repository.open().keyring
        let owner = try keyring.unlock(try repository.ownerCredential())
        #expect(try keyring.openAdministrator(for: owner, store: store).publicKey == keyring.administrator)
        let second = try keyring.unlock(.recipientKey(try repository.keyFileKey.copy()))
        #expect(failureCode { _ = try keyring.openAdministrator(for: second, store: store) } == .keyDenied)
    }

    private func slots() throws -> [ObjectName] { try store.names(below: Names.slots(repository.domain, 1)) }

    private func slot(of recipient: RecipientID) throws -> ObjectName {
        try #require(try slots().first { try Slot(decoding: store.bytes($0)).recipient == recipient })
    }

    @Test func slotsThatChangedPlacesAreDamageForBoth() throws {
        let (mine, theirs) = (try slot(of: repository.owner.id), try slot(of: repository.keyFile.id))
        // Each slot with the other's recipient written into it.
        var (one, two) = (try store.bytes(mine), try store.bytes(theirs))
        one.replaceSubrange(9..<25, with: repository.keyFile.id.bytes)
        two.replaceSubrange(9..<25, with: repository.owner.id.bytes)
        store.tamper(mine, with: one)
        store.tamper(theirs, with: two)
        #expect(try code(try repository.ownerCredential()) == .objectDamaged)
        #expect(try code(.recipientKey(try repository.keyFileKey.copy())) == .objectDamaged)
    }

    @Test func namesOfSlotsDoNotMatterToWhoFindsHisOwn() throws {
        let (mine, theirs) = (try slot(of: repository.owner.id), try slot(of: repository.keyFile.id))
        let (one, two) = (try store.bytes(mine), try store.bytes(theirs))
        store.tamper(mine, with: two)
        store.tamper(theirs, with: one)
        #expect(try code(try repository.ownerCredential()) == nil)
    }

    @Test func aDamagedSlotOfOneLeavesTheOther() throws {
        let mine = try slot(of: repository.owner.id)
        try store.damage(mine, at: 900, with: [1, 2, 3])
        #expect(try code(try repository.ownerCredential()) == .objectDamaged)
        #expect(try code(.recipientKey(try repository.keyFileKey.copy())) == nil)
        store.tamper(mine, with: nil)
        #expect(try code(try repository.ownerCredential()) == .keyDenied)
    }

    /// A slot with other keys than the bundle has: sealed by somebody who knows the recipient's public key, but is not the administrator.
    @Test func aSlotWithOtherKeysThanTheBundleIsRefused() throws {
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        let forged = try Slot(
            sealing: secrets.encoded(), .epoch, repository: repository.id, domain: repository.domain, epoch: 1,
            to: repository.owner
        ).encoded()
        store.tamper(try slot(of: repository.owner.id), with: forged)
        #expect(try code(try repository.ownerCredential()) == .signatureInvalid)
    }

    @Test func aSlotOfAnotherEpochOrRepositoryDoesNotOpen() throws {
        for (id, epoch) in [(repository.id, UInt32(2)), (RepositoryID.random(), 1)] {
            let moved = try Slot(
                sealing: repository.secrets.encoded(), .epoch, repository: id, domain: repository.domain, epoch: epoch,
                to: repository.owner
            ).encoded()
            store.tamper(try slot(of: repository.owner.id), with: moved)
            #expect(try code(try repository.ownerCredential()) == .objectDamaged)
        }
    }

    @Test func aRemovedRecipientIsLeftOutOfNewEpochs() throws {
        try repository.administration.remove(repository.keyFile.id)
        let active = try repository.open().keyring.activeRecipients
        #expect(active.map(\.id) == [repository.owner.id])
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        try repository.administration.beginEpoch(secrets, domain: repository.domain, epoch: 2, recipients: active)
        let opened = try repository.open()
        #expect(opened.keyring.newestEpoch(of: repository.domain)?.epoch == 2)
        let opener = try opened.unlock(.recipientKey(try repository.keyFileKey.copy()))
        #expect(opener.withSecrets(repository.domain, 1) { _ in } != nil, "what was sealed before stays readable")
        #expect(opener.withSecrets(repository.domain, 2) { _ in } == nil)
    }

    @Test func anEpochBeginsOnce() throws {
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        let code = failureCode {
            try repository.administration.beginEpoch(
                secrets, domain: repository.domain, epoch: 1, recipients: [repository.owner])
        }
        #expect(code == .repositoryChanged)
    }
}
