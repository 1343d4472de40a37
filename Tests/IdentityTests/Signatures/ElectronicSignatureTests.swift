import Primitives
import Sealing
import TestSupport
import Testing

@testable import Identity

/// What a signature is worth afterwards (REG-3: 21 CFR 11.50, 11.70).
@Suite("An electronic signature") struct ElectronicSignatureTests {
    private static let record = SignatureWorld.record

    @Test("it is verified from its bytes, the record and the authority's key alone, and has one encoding")
    func offline() throws {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let bytes = signature.encoded()
        let read = try ElectronicSignature(decoding: bytes)
        #expect(read == signature && read.encoded() == bytes)
        #expect(desk.problems(read).isEmpty)
    }

    @Test("N-01: on another record it does not hold") func otherRecord() throws {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let content = Array("restore test 18: failed".utf8)
        let other = RecordVersion(kind: "restore-test", id: "18", version: 3, mediaType: "text/plain", content: content)
        #expect(desk.problems(signature, on: other, content) == [.otherRecord, .alteredRecord])
        // Nor when the record is written into it.
        var moved = signature
        moved.record.record = other
        #expect(desk.problems(moved, on: other, content) == [.alteredSignature])
    }

    @Test("N-02: on the next version it does not hold, not even when nothing else has changed") func nextVersion()
        throws
    {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let next = RecordVersion(
            kind: Self.record.kind, id: Self.record.id, version: 4, mediaType: Self.record.mediaType,
            digest: Self.record.digest)
        #expect(desk.problems(signature, on: next) == [.otherVersion])
    }

    @Test("N-05: one bit of the record is enough") func alteredRecord() throws {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        for bit in 0..<SignatureWorld.content.count * 8 {
            #expect(desk.problems(signature, SignatureWorld.content.flippingBit(bit)) == [.alteredRecord])
        }
    }

    @Test("N-06: nothing of it can be changed, neither name nor time nor meaning nor anything else") func edited()
        throws
    {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let edits: [(inout SignatureRecord) -> Void] = [
            { $0.printedName = "Anna Amsel" }, { $0.meaning = .review },
            { $0.signedAt = $0.signedAt.later(by: .seconds(1)) },
            { if let zone = SignerZone(name: "UTC", offset: 0) { $0.zone = zone } }, { $0.statement += " Not." },
            { $0.roles = [.auditor] }, { $0.rendering = .zero }, { $0.ceremony.ordinal = 2 },
            { $0.ceremony.components = [.password] }, { $0.ceremony.nonce = .zero }, { $0.ceremony.session = .zero },
            { $0.earlier = [.zero] }, { $0.id = .zero },
        ]
        for edit in edits {
            var copy = signature
            edit(&copy.record)
            #expect(copy != signature && desk.problems(copy) == [.alteredSignature])
        }
        var signer = signature
        signer.record.signer = IdentityWorld.id("anna")
        #expect(desk.problems(signer) == [.alteredSignature, .otherSigner])
    }

    @Test("N-06: no damage to its bytes goes unseen") func damaged() throws {
        let desk = try SignatureWorld()
        let bytes = try desk.signFirst().encoded()
        var mutator = Mutator(seed: 5)
        for _ in 0..<Soak.count(1500, full: 50_000) {
            let altered = mutator.mutate(bytes, donors: [bytes])
            guard altered != bytes, let read = try? ElectronicSignature(decoding: altered) else { continue }
            #expect(!desk.problems(read).isEmpty)
        }
    }

    @Test("N-07: name, date and time with their zone, and meaning are in every form of it") func shown() throws {
        let desk = try SignatureWorld()
        var record = try desk.signFirst().record
        record.signedAt = try #require(Timestamp(description: "2026-10-24T22:30:00Z"))
        for form in [record.text, record.json.encoded, record.csv] {
            for item in ["Ben Amsel", "2026-10-25T00:30:00+02:00", "Europe/Berlin", "2026-10-24T22:30:00Z", "approval"]
            {
                #expect(form.contains(item), "\(form) lacks \(item)")
            }
        }
        #expect(record.csv.split(separator: ",").count == SignatureRecord.csvHeader.split(separator: ",").count)
        record.printedName = "=\"Ben\", he"
        #expect(record.csv.contains("\"'=\"\"Ben\"\", he\""))
    }

    @Test(
        "N-07: zones west of Greenwich, and of half hours",
        arguments: [(-570, "T13:00:00-09:30"), (345, "T04:15:00+05:45"), (0, "T22:30:00+00:00")])
    func zones(_ offset: Int, _ expected: String) throws {
        var record = try SignatureWorld().signFirst().record
        record.signedAt = try #require(Timestamp(description: "2026-10-24T22:30:00Z"))
        record.zone = try #require(SignerZone(name: "Somewhere", offset: offset))
        #expect(record.localTime.hasSuffix(expected))
    }

    @Test("N-08 and N-29: who is renamed or deleted has signed under his name of then, and it holds") func renamed()
        throws
    {
        let desk = try SignatureWorld()
        let (anna, ben) = (IdentityWorld.id("anna"), IdentityWorld.id("ben"))
        let signature = try desk.signFirst()
        let benno = try #require(LoginName("benno"))
        try desk.world.directory.rename(ben, name: benno, printedName: "Benno Drossel", by: anna)
        let later = try desk.signAgain()
        #expect(signature.record.printedName == "Ben Amsel" && later.record.printedName == "Benno Drossel")
        #expect(signature.record.signer == later.record.signer)
        try desk.world.directory.delete(ben, by: anna)
        for one in [signature, later] { #expect(desk.problems(one).isEmpty) }
        #expect(signature.record.text.contains("Ben Amsel"))
    }

    @Test("N-25: a key that was withdrawn signs nothing from then on; what it signed before holds") func withdrawn()
        throws
    {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let (key, time) = (signature.record.key, signature.record.signedAt)
        #expect(desk.problems(signature, withdrawn: [key: time]) == [.withdrawnKey])
        #expect(desk.problems(signature, withdrawn: [key: time.later(by: .seconds(1))]).isEmpty)
        #expect(desk.problems(signature, withdrawn: [.zero: time]).isEmpty)
    }

    @Test("N-27: the way of signing is inside what is signed, and another one is not read") func suite() throws {
        let record = try SignatureWorld().signFirst().record
        let bytes = record.encoded()
        var fields = try Fields(decoding: bytes)
        fields.set(1, text: "Ed25519 over SHA-1")
        #expect(throws: EncodingError.self) { try SignatureRecord(decoding: fields.encoded()) }
        let isInside = String(decoding: bytes, as: UTF8.self).contains(SignatureRecord.suite)
        #expect(isInside && record.message.suffix(bytes.count) == bytes[...])
    }

    @Test("whose a key is, the authority says, and for how long") func authority() throws {
        let desk = try SignatureWorld()
        let signature = try desk.signFirst()
        let stranger = try HybridSignature.PrivateKey(seeds: [UInt8](repeating: 9, count: 64).secret)
        let (key, time) = (desk.key.publicKey, signature.record.signedAt)
        func problems(
            _ name: String, at time: Timestamp, by authority: borrowing HybridSignature.PrivateKey
        ) throws -> Set<SignatureProblem> {
            var copy = signature
            copy.certificate = try SignerCertificate(
                person: IdentityWorld.id(name), printedName: "Ben Amsel", key: key, from: time, until: time,
                signedBy: authority)
            return desk.problems(copy)
        }
        let (right, untrusted) = (
            try problems("ben", at: time, by: desk.authority), try problems("ben", at: time, by: stranger)
        )
        #expect(right.isEmpty && untrusted == [.untrustedKey])
        let others = try problems("anna", at: time, by: desk.authority)
        #expect(others == [.otherSigner])
        for seconds in [-1, 1] {
            let outside = try problems("ben", at: time.later(by: .seconds(seconds)), by: desk.authority)
            #expect(outside == [.outsideValidity])
        }
    }

    @Test("another's key under the signer's name is another's signature") func foreignKey() throws {
        let desk = try SignatureWorld()
        var forged = try desk.signFirst()
        let own = try HybridSignature.PrivateKey(seeds: [UInt8](repeating: 9, count: 64).secret)
        forged.record.meaning = .responsibility
        forged.signature = try own.sign(forged.record.message)
        #expect(desk.problems(forged) == [.alteredSignature])
        let time = forged.record.signedAt
        forged.certificate = try SignerCertificate(
            person: IdentityWorld.id("ben"), printedName: "Ben Amsel", key: own.publicKey, from: time, until: time,
            signedBy: own)
        #expect(desk.problems(forged) == [.untrustedKey, .otherSigner])
    }
}
