import Primitives
import Sealing

/// What somebody is about to sign.
package struct SigningDraft: Sendable, Equatable {
    package var record: RecordVersion
    package var meaning: SignatureMeaning
    package var statement: String
    package var rendering: Digest32
    package var zone: SignerZone
    package var earlier: [SignatureID]
    /// Those for whom this signature may not speak: who asked for what it approves.
    package var others: Set<PersonID>

    package init(
        record: RecordVersion, meaning: SignatureMeaning, statement: String, rendering: Digest32, zone: SignerZone,
        earlier: [SignatureID] = [], others: Set<PersonID> = []
    ) {
        (self.record, self.meaning, self.statement) = (record, meaning, statement)
        (self.rendering, self.zone, self.earlier, self.others) = (rendering, zone, earlier, others)
    }
}

/// A signing that was begun: what was shown to the signer, and what he has to show.
package struct SigningCeremony: Sendable, Equatable {
    package let nonce: Digest32
    package let draft: SigningDraft
    package let session: LoginSessionID
    let began: Moment
}

/// A continuous period of controlled access (21 CFR 11.200(a)(1)(i)): after the first signing, the secret alone is enough.
struct SigningPeriod: Sendable, Equatable {
    let person: PersonID
    let host: Digest32
    /// With another role somebody begins anew.
    let rolesVersion: UInt64
    var last: Moment
    var ordinal: UInt64
}
