import Primitives
import Sealing

/// A signature with all that it takes to verify it in ten years, the record and the authority's fingerprint aside.
package struct ElectronicSignature: Sendable, Equatable {
    package var record: SignatureRecord
    package var certificate: SignerCertificate
    package var signature: [UInt8]

    package init(record: SignatureRecord, certificate: SignerCertificate, signature: [UInt8]) {
        (self.record, self.certificate, self.signature) = (record, certificate, signature)
    }

    package func encoded() -> [UInt8] {
        var fields = Fields()
        fields[1] = record.encoded()
        fields[2] = certificate.encoded()
        fields[3] = signature
        return fields.encoded()
    }

    package init(decoding bytes: [UInt8]) throws(EncodingError) {
        let fields = try Fields(decoding: bytes)
        record = try SignatureRecord(decoding: try fields.bytes(1))
        certificate = try SignerCertificate(decoding: try fields.bytes(2))
        signature = try fields.bytes(3)
        guard encoded() == bytes else { throw EncodingError("is not in its one encoding") }
    }
}

/// What is wrong with a signature.
package enum SignatureProblem: Sendable, Hashable, CaseIterable {
    /// It was put on another record.
    case otherRecord
    /// It was put on another version of this record.
    case otherVersion
    /// The record is not what it was.
    case alteredRecord
    /// Name, time, meaning or something else of it is not what was signed.
    case alteredSignature
    /// Nobody whom the verifier trusts says whose the key is.
    case untrustedKey
    /// The key is another person's.
    case otherSigner
    /// The key was not valid at the time.
    case outsideValidity
    /// The key was withdrawn before.
    case withdrawnKey
}

extension ElectronicSignature {
    /// Everything that is wrong; empty when it holds for this record with this content.
    ///
    /// `withdrawn` has the fingerprints of keys that were withdrawn, and when. It is what the verifier knows: the signature cannot know it.
    package func problems(
        on record: RecordVersion, content: [UInt8], under authority: HybridSignature.PublicKey,
        withdrawn: [Digest32: Timestamp] = [:]
    ) -> Set<SignatureProblem> {
        var problems: Set<SignatureProblem> = []
        func unless(_ holds: Bool, _ problem: SignatureProblem) { if !holds { problems.insert(problem) } }
        let signed = self.record
        let isSame = signed.record.kind == record.kind && signed.record.id == record.id
        unless(isSame, .otherRecord)
        unless(!isSame || signed.record.version == record.version, .otherVersion)
        unless(
            signed.record.digest == SHA256Digest.of(content) && signed.record.mediaType == record.mediaType,
            .alteredRecord)
        unless(certificate.key.isValid(signature, for: signed.message), .alteredSignature)
        unless(certificate.isValid(under: authority), .untrustedKey)
        unless(certificate.person == signed.signer && certificate.key.fingerprint == signed.key, .otherSigner)
        unless(certificate.from <= signed.signedAt && signed.signedAt <= certificate.until, .outsideValidity)
        unless(withdrawn[signed.key].map { signed.signedAt < $0 } ?? true, .withdrawnKey)
        return problems
    }
}
