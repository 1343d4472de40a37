import Primitives
import RepositoryEngine
import Sealing

extension FuzzTarget {
    static let keys: [FuzzTarget] = [
        FuzzTarget(
            "slot",
            seeds: {
                let holder = try recipient(.keyFile)
                return try [Slot.Purpose.epoch, .administrator].map {
                    try Slot(
                        sealing: SecretBytes.random(count: 64), $0, repository: .zero, domain: .zero, epoch: 1,
                        to: holder
                    ).encoded()
                }
            }
        ) { try Slot(decoding: $0).sealed.count },
        FuzzTarget(
            "recipient", weight: 2,
            seeds: {
                var escrow = try recipient(.escrow)
                (escrow.threshold, escrow.shares) = (3, 5)
                let passphrase = try Recipient.protected(
                    by: TestRepository.secret("x"), label: "x", repository: .zero, created: Timestamp(nanoseconds: 0),
                    parameters: TestRepository.cheap)
                return [escrow, try recipient(.keyFile), passphrase].map { $0.fields.encoded() }
            }
        ) { bytes in
            let recipient = try Recipient(fields: Fields(decoding: bytes))
            return recipient.label.utf8.count + recipient.fields.values.count * 64
        },
        FuzzTarget(
            "writer's certificate", weight: 2,
            seeds: {
                let key = try HybridSignature.PrivateKey.random().publicKey
                let created = Timestamp(nanoseconds: 0)
                return [
                    WriterCertificate(id: .random(), domain: .random(), host: "host", key: key, created: created).fields
                        .encoded()
                ]
            }
        ) { try WriterCertificate(fields: Fields(decoding: $0)).host.utf8.count },
        FuzzTarget(
            "withdrawal", weight: 2,
            seeds: {
                let time = Timestamp(nanoseconds: 0)
                return [
                    WriterWithdrawal(
                        writer: .random(), time: time, last: 7, snapshot: SHA256Digest.of([1]), reason: "lost"
                    ).fields
                        .encoded()
                ]
            }
        ) { try WriterWithdrawal(fields: Fields(decoding: $0)).reason.utf8.count },
        FuzzTarget(
            "epoch bundle", weight: 2,
            seeds: {
                let secrets = try EpochSecrets(encoded: SecretBytes.random(count: 128))
                return [
                    EpochBundle(domain: .random(), epoch: 1, secrets: secrets, created: Timestamp(nanoseconds: 0))
                        .fields.encoded()
                ]
            }
        ) { bytes in
            _ = try EpochBundle(fields: Fields(decoding: bytes)).created.description
            return 0
        },
        // The checksum is made right again, so that what lies behind it is tried as well.
        FuzzTarget(
            "writer's identity", weight: 1, seeds: { [Array(try TestRepository().writer.encoded().dropLast(4))] }
        ) { bytes in
            let body = bytes.dropFirst(8)
            let identity = try WriterIdentity(decoding: bytes + SHA256Digest.of(Array(body)).bytes.prefix(4))
            return identity.host.utf8.count
        },
        FuzzTarget(
            "recipient key file",
            seeds: {
                let key = try Encapsulation.PrivateKey.random()
                return [
                    RecipientKeyFile.privateText(key, label: "a"),
                    RecipientKeyFile.publicText(key.publicKey, label: "b"),
                ].map { Array($0.utf8) }
            }
        ) { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            let isPrivate = (try? RecipientKeyFile.privateKey(in: text, file: "f")) != nil
            return isPrivate ? 0 : try RecipientKeyFile.publicKey(in: text, file: "f").bytes.count
        },
        FuzzTarget("recipient key with the right checksum", weight: 2, seeds: { [[UInt8](repeating: 1, count: 32)] }) {
            bytes in
            let digits = Hex.encode(bytes) + Hex.encode(SHA256Digest.of(bytes).bytes.prefix(4))
            _ = try RecipientKeyFile.privateKey(in: "SAFEHOLD-RECIPIENT-KEY-1: \(digits)\n", file: "f")
            return 0
        },
        FuzzTarget(
            "share",
            seeds: {
                try SecretSharing.split(secret: SecretBytes.random(count: 32), of: .random(), threshold: 3, shares: 5)
                    .map { Array($0.printed.utf8) }
            }
        ) { bytes in
            _ = try SecretShare(printed: String(decoding: bytes, as: UTF8.self))
            return 0
        },
        FuzzTarget(
            "share with the right checksum",
            seeds: {
                try SecretSharing.split(secret: SecretBytes.random(count: 32), of: .random(), threshold: 2, shares: 3)
                    .map { share in
                        Array((Hex.decode(share.printed.dropFirst(SecretShare.prefix.count)) ?? []).dropLast(4))
                    }
            }
        ) { bytes in
            let printed = SecretShare.prefix + Hex.encode(bytes) + Hex.encode(SHA256Digest.of(bytes).bytes.prefix(4))
            let share = try SecretShare(printed: printed)
            do { _ = try SecretSharing.join([share, share]) } catch ShareProblem.repeated {}
            return 0
        },
    ]

    private static func recipient(_ kind: Recipient.Kind) throws -> Recipient {
        Recipient(
            id: .random(), kind: kind, label: "label", publicKey: try Encapsulation.PrivateKey.random().publicKey,
            created: Timestamp(nanoseconds: 0), powers: .opens)
    }
}
