import Primitives
import RepositoryEngine
import Sealing
import TestSupport
import Testing

/// Round trips of the small records and files that carry keys.
@Suite struct KeyRecordTests {
    @Test func slotsAreReadBack() throws {
        let key = try Encapsulation.PrivateKey.random()
        let recipient = Recipient(
            id: .random(), kind: .keyFile, label: "", publicKey: key.publicKey, created: Timestamp(nanoseconds: 0),
            powers: .opens)
        for purpose in [Slot.Purpose.epoch, .administrator] {
            let slot = try Slot(
                sealing: SecretBytes.random(count: 64), purpose, repository: .zero, domain: .zero, epoch: 3,
                to: recipient)
            let again = try Slot(decoding: slot.encoded())
            #expect(again.purpose == purpose && again.recipient == recipient.id && again.sealed == slot.sealed)
            let bytes = slot.encoded()
            #expect(throws: EncodingError.self) { _ = try Slot(decoding: bytes + [0]) }
            for count in [0, 8, 9, 25, 27, 31, bytes.count - 1] {
                #expect(throws: EncodingError.self) { _ = try Slot(decoding: Array(bytes[..<count])) }
            }
            for (offset, value) in [(0, UInt8(0)), (8, 0), (8, 4), (25, 0), (30, 0xFF)] {
                var damaged = bytes
                damaged[offset] = value
                #expect(throws: EncodingError.self) { _ = try Slot(decoding: damaged) }
            }
        }
    }

    @Test func recipientsOfEveryKindAreReadBack() throws {
        let key = try Encapsulation.PrivateKey.random().publicKey
        let created = Timestamp(nanoseconds: 1_700_000_000_000_000_000)
        var recipients = [
            try Recipient.protected(
                by: TestRepository.secret("x"), label: "größe", repository: .zero, created: created,
                parameters: TestRepository.cheap)
        ]
        for kind in [Recipient.Kind.keyFile, .escrow] {
            var recipient = Recipient(
                id: .random(), kind: kind, label: "l", publicKey: key, created: created, powers: [.opens, .administers])
            if kind == .escrow { (recipient.threshold, recipient.shares) = (3, 5) }
            recipients.append(recipient)
        }
        for recipient in recipients {
            let again = try Recipient(fields: Fields(decoding: recipient.fields.encoded()))
            #expect(again.fields == recipient.fields)
            #expect(
                again.id == recipient.id && again.kind == recipient.kind && again.powers == recipient.powers
                    && again.created == created)
            for tag in recipient.fields.values.keys where tag != 3 {
                var less = recipient.fields
                less[tag] = nil
                #expect(throws: EncodingError.self, "without field \(tag)") { _ = try Recipient(fields: less) }
            }
        }
    }

    /// A record must not be able to ask for all the memory there is, or for a key derivation that is none.
    @Test func unsafeDerivationsAreNotRun() throws {
        var recipient = try Recipient.protected(
            by: TestRepository.secret("x"), label: "", repository: .zero, created: Timestamp(nanoseconds: 0),
            parameters: TestRepository.cheap)
        for (logN, r, p) in [
            (UInt64(10), UInt64(8), UInt64(1)), (40, 8, 1), (15, 1 << 20, 1), (15, 8, 1000), (256 + 15, 8, 1),
            (15, 1 << 32 + 8, 1),
        ] {
            var fields = recipient.fields
            fields.set(8, integer: logN)
            fields.set(9, integer: r)
            fields.set(10, integer: p)
            guard let changed = try? Recipient(fields: fields) else { continue }
            let isOpen = try changed.open(with: TestRepository.secret("x"), repository: .zero) != nil
            #expect(!isOpen, "N 2^\(logN), r \(r), p \(p)")
        }
        recipient.publicKey = try Encapsulation.PrivateKey.random().publicKey
        #expect(throws: EncodingError.self) {
            _ = try recipient.open(with: TestRepository.secret("x"), repository: .zero)
        }
    }

    @Test func certificatesAndBundlesAreReadBack() throws {
        let certificate = WriterCertificate(
            id: .random(), domain: .random(), host: "höst", key: try HybridSignature.PrivateKey.random().publicKey,
            created: Timestamp(nanoseconds: 5_000_000_000))
        let again = try WriterCertificate(fields: Fields(decoding: certificate.fields.encoded()))
        #expect(again.fields == certificate.fields && again.host == "höst" && again.created == certificate.created)
        let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        let bundle = EpochBundle(
            domain: .random(), epoch: .max, secrets: secrets, created: Timestamp(nanoseconds: 7_000_000_000))
        #expect(try EpochBundle(fields: Fields(decoding: bundle.fields.encoded())) == bundle)
        let others = try EpochSecrets(encoded: SecretBytes.random(count: 128))
        let (own, foreign) = (bundle.matches(secrets), bundle.matches(others))
        #expect(own && !foreign)
        var suite = bundle.fields
        suite.set(3, integer: 2)
        #expect(throws: EncodingError.self) { _ = try EpochBundle(fields: suite) }
        var epoch = bundle.fields
        epoch.set(2, integer: 1 << 32 + 1)
        #expect(throws: EncodingError.self, "an epoch beyond 32 bits is not epoch 1") {
            _ = try EpochBundle(fields: epoch)
        }
    }

    @Test func aWritersIdentityIsReadBack() throws {
        let repository = try TestRepository()
        let bytes = repository.writer.encoded()
        let again = try WriterIdentity(decoding: bytes)
        #expect(again.encoded() == bytes && again.id == repository.writer.id && again.host == "host")
        #expect(again.signing.publicKey == repository.writer.signing.publicKey)
        for bit in stride(from: 0, to: bytes.count * 8, by: 5) {
            #expect(throws: EncodingError.self, "bit \(bit)") {
                _ = try WriterIdentity(decoding: bytes.flippingBit(bit))
            }
        }
        for count in [0, 8, 11, 12, 13, bytes.count - 1] {
            #expect(throws: EncodingError.self) { _ = try WriterIdentity(decoding: Array(bytes[..<count])) }
        }
    }

    @Test func recipientKeyFilesAreReadBack() throws {
        let key = try Encapsulation.PrivateKey.random()
        let secret = RecipientKeyFile.privateText(key, label: "me")
        let open = RecipientKeyFile.publicText(key.publicKey, label: "me")
        #expect(try RecipientKeyFile.privateKey(in: secret, file: "f").publicKey == key.publicKey)
        #expect(try RecipientKeyFile.publicKey(in: open, file: "f") == key.publicKey)
        let windows = secret.replacing("\n", with: "\r\n")
        #expect(try RecipientKeyFile.privateKey(in: windows, file: "f").publicKey == key.publicKey)
        #expect(
            try RecipientKeyFile.publicKey(in: open.uppercased(), file: "f") == key.publicKey, "digits in upper case")
        for text in [
            "", "SAFEHOLD-RECIPIENT-KEY-1:", secret.replacing("1:", with: "1:0"), String(secret.dropLast(3)), open,
            " " + secret,
        ] {
            let code = failureCode { _ = try RecipientKeyFile.privateKey(in: text, file: "f") }
            #expect(code == .keyUnreadable || text == " " + secret)
        }
        #expect(failureCode { _ = try RecipientKeyFile.publicKey(in: secret, file: "f") } == .keyUnreadable)
    }
}
