import Primitives
import Sealing
import Storage

/// Whether a record may be copied: an object is written once, so that a damaged one would stay for ever.
struct RecordCheck {
    static let limit = 1 << 30
    let repository: Repository

    /// Throws a failure of class integrity for what does not hold.
    func check(_ bytes: [UInt8], as name: ObjectName) throws {
        if let digest = Digest32(hex: name.lastComponent) {
            guard SHA256Digest.of(bytes) == digest else {
                throw Failure.damaged(name, "has other bytes than its name says")
            }
            return
        }
        let parts = name.path.split(separator: "/")
        switch parts.first {
        case "sessions", "snapshots", "commits": try checkWriters(bytes, name, parts)
        case "holds": try check(bytes, name, .hold, by: repository.keyring.administrator)
        case "locks": try check(bytes, name, .lockPolicy, by: repository.keyring.administrator)
        case "drops": try check(bytes, name, .drop, by: repository.keyring.administrator)
        case "sweeps", "unfollowed":
            do { _ = try SweepRecord(decoding: bytes) } catch { throw Failure.damaged(name, error.problem) }
        case "keys" where parts.last == "bundle": try check(bytes, name, .epoch, by: repository.keyring.administrator)
        // The administrator's key and FORMAT were checked when the repository was opened.
        default: return
        }
    }

    private func checkWriters(_ bytes: [UInt8], _ name: ObjectName, _ parts: [Substring]) throws {
        guard parts.count >= 3, let writer = WriterID(hex: parts[1]),
            let certificate = repository.keyring.writers[writer], let kind = Self.kind(parts)
        else {
            throw Failure(
                .signatureInvalid, "\(name) was written by a writer whom the administrator never certified.",
                advice: "Do not trust it; it is not copied.")
        }
        try check(bytes, name, kind, by: certificate.key)
    }

    private func check(
        _ bytes: [UInt8], _ name: ObjectName, _ kind: SignedRecord.Kind, by key: HybridSignature.PublicKey
    ) throws {
        _ = try repository.checked.verified(bytes, as: kind, by: key, repository: repository.id, name: name)
    }

    private static func kind(_ parts: [Substring]) -> SignedRecord.Kind? {
        switch (parts[0], parts.last) {
        case ("snapshots", _): .snapshot
        case ("commits", _): .commit
        case (_, "intent"): .intent
        case (_, "manifest"): .manifest
        case (_, "end"): .end
        case (_, "abandoned"): .abandoned
        default: nil
        }
    }
}
