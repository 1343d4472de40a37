import Primitives

/// Why nobody comes in by a provider's word, or why a provider or a link was not taken.
package enum SingleSignOnRefusal: Error, Equatable, Sendable {
    case issuerUnusable
    case clientUnusable
    case authoritiesUnusable
    /// It is no second factor, whatever a provider calls it.
    case noFactor(String)
    case subjectUnusable
    /// The subject is another person's, or was.
    case subjectTaken
    case oneself
    case otherWarrant
    case noProvider
    /// The provider knows him, and nobody here is him.
    case unknownSubject(ProviderSubject)
    /// The provider's word is not enough, and there is no authenticator here that could be asked for.
    case noSecondFactor(LoginName)

    package var failure: Failure {
        switch self {
        case .issuerUnusable:
            Failure(
                .directoryRefused, "This is no issuer.",
                advice:
                    "It is an https:// address without '?' and '#', exactly as the provider's own documents have it.")
        case .clientUnusable:
            Failure(
                .directoryRefused, "This is no client id.",
                advice: "It is what the provider calls this client: 256 characters at most, without spaces.")
        case .authoritiesUnusable:
            Failure(
                .directoryRefused, "The file of authorities is too long.",
                advice: "Give a PEM file with the certificate of the authority that the provider's own comes from.")
        case .noFactor(let method):
            Failure(
                .directoryRefused, "'\(method)' is no second factor.",
                advice: "Those of RFC 8176 that are: hwk, swk, sc, otp, mfa, mca, pop, fpt, face, iris, retina.")
        case .subjectUnusable:
            Failure(
                .directoryRefused, "This is no subject.",
                advice:
                    "It is what the provider calls somebody in its tokens ('sub'): 255 characters at most, without spaces."
            )
        case .subjectTaken:
            Failure(
                .directoryRefused, "This subject is another person's, or was.",
                advice: "'safehold users show NAME' shows whose. Subjects are not given again.")
        case .oneself: DirectoryRefusal.oneself.failure
        case .otherWarrant: DirectoryRefusal.otherWarrant.failure
        case .noProvider:
            Failure(
                .providerMissing, "This host knows no provider of single sign-on.",
                advice: "Sign in with 'safehold login NAME'. 'safehold users provider set' names a provider.")
        case .unknownSubject(let subject):
            Failure(
                .signInRefused, "\(subject.issuer) knows you as \(subject.name), and nobody here is linked to that.",
                advice:
                    "Ask somebody who lets people in: 'safehold users link NAME --subject \(subject.name) --request'. Until then sign in with 'safehold login NAME'."
            )
        case .noSecondFactor(let name):
            Failure(
                .setupNeeded, "The provider's word alone is not enough here, and \(name) has no authenticator.",
                advice: "Sign in once with 'safehold login \(name)', which enrols one.")
        }
    }
}
