/// Why nothing was signed. Each is for the audit log.
package enum SigningRefusal: Error, Sendable, Equatable {
    /// There is no such ceremony, or it was used.
    case spentCeremony
    case ceremonyTooOld
    /// The ceremony was begun in another session.
    case otherSession
    case notPermitted(DoorRefusal)
    /// These are wanted, and not all of them were right.
    case components(Set<SigningComponent>)
    /// So many wrong ones in a row: the account is closed.
    case locked(failures: Int)
    /// What was shown is another person's.
    case otherPerson
    /// The password is past its review, or was not chosen by its owner.
    case renewalDue
    /// Others gave him his password a short time ago.
    case resetLately
    /// There is a newer version of the record.
    case superseded
    /// Who asked for it does not sign for it.
    case notIndependent
    /// The same version of the record was signed with another content.
    case otherContent
    /// Nobody else has reviewed what is to be approved.
    case unreviewed
    /// He has not signed that he is accountable for what he signs.
    case unaccountable
    /// Nobody has verified who he is.
    case unproven
    /// The signer has no key, or this is not his.
    case otherKey
    /// The key is not certified for today.
    case keyNotValid

    /// Security is told at once (21 CFR 11.300(d)).
    package var isAlarming: Bool {
        switch self {
        case .spentCeremony, .otherSession, .otherPerson, .locked, .otherKey: true
        case .ceremonyTooOld, .notPermitted, .components, .renewalDue, .resetLately, .superseded, .notIndependent,
            .keyNotValid, .otherContent, .unreviewed, .unaccountable, .unproven:
            false
        }
    }
}
