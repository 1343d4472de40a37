import Primitives

extension SigningRefusal {
    /// What people are told where something has to come first.
    var stepFailure: Failure {
        switch self {
        case .unaccountable:
            Failure(
                .notPermitted, "You have not signed yet that you are accountable for what you sign.",
                advice: "Do it once, before any other signature: 'safehold signatures accountability --output FILE'.")
        case .unproven:
            Failure(
                .notPermitted, "Nobody has verified who this person is.",
                advice:
                    "Somebody who lets people in looks at a document, and says so: 'safehold users prove NAME --document passport'."
            )
        case .otherContent:
            Failure(
                .approvalRefused, "This version of the record was signed with another content.",
                advice: "What has changed is a new version: sign it with --record-version, one higher.")
        case .unreviewed:
            Failure(
                .approvalRefused, "Nobody else has reviewed this version of the record.",
                advice: "It is approved after another person has signed it with the meaning 'review', on this host.")
        default:
            Failure(
                .internalError, "This should not have happened: a signing was refused for no reason.",
                advice: "Please report it with the command that you ran.")
        }
    }
}
