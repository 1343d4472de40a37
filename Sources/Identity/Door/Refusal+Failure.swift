import Primitives

// What people are told. Nothing of it helps somebody who guesses.

extension Refusal {
    package var failure: Failure {
        switch self {
        case .notSignedIn(let end): end.failure
        case .act(let act, let refusal): refusal.failure(act)
        case .hostDuty(let act):
            Failure(
                .notPermitted, "This host is not permitted to do this by itself: \(act.rawValue).",
                advice:
                    "What a host does without a person was decided when its directory of persons was founded; 'safehold whoami' shows it."
            )
        case .service(let refusal): refusal.failure
        }
    }
}

extension ServiceRefusal {
    package var failure: Failure {
        let why =
            switch self {
            case .unknown:
                "The credential of this service is not known here: another one was made since, it was ended, or it is another host's."
            case .expired: "The credential of this service has expired."
            case .otherMachine: "The credential of this service is not of this machine."
            }
        return Failure(
            .notSignedIn, why,
            advice: "Whoever lets people in makes another one: 'safehold users service renew NAME --handover FILE'.")
    }
}

extension SessionEnd {
    package var failure: Failure {
        let why =
            switch self {
            case .unknown: "Nobody is signed in."
            case .idle: "The session has ended: it was not used for too long."
            case .over: "The session has ended: it has lasted as long as sessions do."
            case .restarted: "The session has ended: the host was started anew."
            case .otherHost: "The session is not of this host, and has ended."
            }
        return Failure(.notSignedIn, why, advice: "Sign in: 'safehold login NAME'.")
    }
}

extension DoorRefusal {
    package func failure(_ act: Act) -> Failure {
        switch self {
        case .access(.noRole):
            Failure(
                .notPermitted, "None of your roles permits this: \(act.rawValue).",
                advice: "'safehold whoami' shows your roles. Ask somebody who has one that does, or who gives roles.")
        case .access(.limited(let target)):
            Failure(
                .notPermitted,
                target.words.map { "Your roles do not permit this on the \($0): \(act.rawValue)." }
                    ?? "Your roles permit this on some components or stores only, and it touches all of them: \(act.rawValue).",
                advice:
                    "'safehold whoami' shows your roles, and to what they are limited. Name what you may touch, or ask somebody who may touch more."
            )
        case .access(.service):
            Failure(
                .notPermitted, "No service does this, whatever its roles: \(act.rawValue).",
                advice: "It takes a person who is signed in and has a role for it. A service runs and looks.")
        case .access(.ownerless):
            Failure(
                .notPermitted, "Whoever was accountable for this service is gone: it does nothing until another is.",
                advice: "'safehold users service owner NAME --owner LOGIN' names one.")
        case .access:
            Failure(
                .notSignedIn, "This person is not in the directory any more.", advice: "Ask who keeps the directory.")
        case .settingUp:
            Failure(
                .setupNeeded, "A password is to be chosen, or an authenticator enrolled, before anything else.",
                advice: "Do it with 'safehold login NAME'.")
        case .presenceNeeded:
            Failure(
                .presenceNeeded, "This takes the second factor again: it was shown too long ago.",
                advice: "Show it with 'safehold login --again', and repeat the command within five minutes.")
        case .testDue:
            Failure(
                .presenceNeeded, "Your authenticator has shown no code for a year: nothing else is done until it has.",
                advice:
                    "Show its code with 'safehold login --again'. If you do not have it any more, enrol another one with 'safehold authenticator'."
            )
        }
    }
}

extension SignIn {
    /// Nil for who is in, or may set up.
    package var failure: Failure? {
        switch self {
        case .done, .settingUp: nil
        case .refused:
            Failure(
                .signInRefused, "Name, password or code are not right.",
                advice:
                    "A code of the authenticator is good once; wait for the next one. After five wrong attempts the account is closed for a while."
            )
        case .locked(let rest):
            Failure(
                .accountLocked, "This account is closed for \(Self.words(rest)) after wrong attempts.",
                advice: "Wait. If the attempts were not yours, tell whoever is in charge of security.")
        }
    }

    static func words(_ duration: Duration) -> String {
        let minutes = (duration.components.seconds + 59) / 60
        return minutes == 1 ? "a minute" : "\(minutes) minutes"
    }
}

extension PasswordComplaint {
    package var failure: Failure {
        let what =
            switch self {
            case .tooShort(let minimum): "The new password is too short: it has to have \(minimum) characters."
            case .tooLong(let maximum): "The new password is longer than \(maximum) bytes."
            case .notText: "The new password is no text."
            case .breached: "The new password is on the list of those that are known to whoever guesses."
            case .likeName: "The new password has your login name inside."
            case .usedBefore: "You had this password before."
            }
        return Failure(
            .passwordRefused, what, advice: "Choose another one; five random words are good. Nothing was changed.")
    }
}

extension DirectoryRefusal {
    package var failure: Failure {
        switch self {
        case .notPermitted: DoorRefusal.access(.noRole).failure(.account)
        case .presenceNeeded: DoorRefusal.presenceNeeded.failure(.account)
        case .unknownPerson:
            Failure(.personMissing, "There is no such person.", advice: "'safehold users list' shows who there is.")
        case .unknownRole:
            Failure(
                .personMissing, "There is no such role, or the person does not have it.",
                advice: "'safehold users roles' shows which there are.")
        case .idTaken, .alreadyEnrolled:
            Failure(
                .directoryRefused, "Somebody with this reference is in the directory already.",
                advice: "One human is one person: 'safehold users list' shows who there is.")
        case .nameTaken:
            Failure(
                .directoryRefused, "Another person has this login name, or had it.",
                advice: "Names are not given again: choose another.")
        case .nameUnusable:
            Failure(
                .directoryRefused, "The name in print cannot be used.",
                advice: "It is one line without ';' and without control characters.")
        case .oneself:
            Failure(
                .directoryRefused, "Nobody has a hand in what he himself becomes.",
                advice: "Another person has to do it.")
        case .needsFourEyes:
            Failure(
                .approvalNeeded, "This role is given under four eyes only.",
                advice: "Ask for it with --request, and do it with --request-id when others have agreed.")
        case .roleNeedsFourEyes:
            Failure(
                .approvalNeeded, "A role that does so much is defined under four eyes only.",
                advice: "Ask for it with --request, and do it with --request-id when others have agreed.")
        case .builtIn:
            Failure(
                .directoryRefused, "This role is one that every directory has.", advice: "Define one of another name.")
        case .otherWarrant:
            Failure(
                .approvalRefused, "What was agreed to is something else.",
                advice: "'safehold approve list' shows what was.")
        case .keyTaken:
            Failure(
                .directoryRefused, "This key is another person's, or was.", advice: "Make one of your own.")
        case .service, .noService, .ownService, .roleNotForServices: serviceFailure
        }
    }
}

extension DirectoryRefusal {
    private var serviceFailure: Failure {
        switch self {
        case .ownService:
            Failure(
                .directoryRefused,
                "Nobody is accountable for a service that he himself takes in, or has a hand in what it may.",
                advice: "Name another person as its owner, or have another person do it.")
        case .roleNotForServices:
            Failure(
                .directoryRefused, "This role does more than a service may, whoever agrees.",
                advice:
                    "A service has roles of those who keep things running or look: 'safehold users roles' shows them.")
        case .noService:
            Failure(
                .directoryRefused, "This is a person, and no service.",
                advice: "'safehold users list' shows which are services.")
        default:
            Failure(
                .directoryRefused,
                "This is a service, and no person: it has no password, no authenticator and no papers.",
                advice: "'safehold users service renew' gives it another credential.")
        }
    }
}

extension ApprovalRefusal {
    package var failure: Failure {
        switch self {
        case .unknownRequest:
            Failure(
                .requestMissing, "There is no such request.",
                advice: "'safehold approve list' shows those that are open.")
        case .idTaken: Failure(.approvalRefused, "There is a request of this id.", advice: "Ask once more.")
        case .closed(let state):
            Failure(
                .approvalRefused, "The request is closed: it is \(state.word).", advice: "Ask anew, with --request.")
        case .otherPlan:
            Failure(
                .approvalRefused, "What would be done is not what was agreed to.",
                advice: "Something has changed since. Look at it again, and ask anew with --request. Nothing was done.")
        case .notPermitted(let refusal): DoorRefusal.access(refusal).failure(.approve)
        case .presenceNeeded: DoorRefusal.presenceNeeded.failure(.approve)
        case .ownRequest:
            Failure(.approvalRefused, "Nobody agrees to what he asked for himself.", advice: "Another person has to.")
        case .notAnApprover:
            Failure(
                .approvalRefused, "Your word does not count here.",
                advice: "It takes a role that approves, held for three days, and not given by the one who asks.")
        case .alreadyApproved:
            Failure(
                .approvalRefused, "You have agreed already.", advice: "'safehold approve list' shows how many have.")
        case .notApproved:
            Failure(.approvalRefused, "You have not agreed to it.", advice: "There is nothing to take back.")
        case .tooEarly(let rest):
            Failure(
                .approvalRefused, "It is too early: others have \(Self.hours(rest)) more to object.",
                advice: "Repeat the command then.")
        case .tooFew(let approvals, let needed):
            Failure(
                .approvalNeeded, "\(approvals) of \(needed) others have agreed.",
                advice: "'safehold approve ID' is how they do.")
        }
    }

    private static func hours(_ rest: Duration) -> String {
        let minutes = (rest.components.seconds + 59) / 60
        return minutes >= 120 ? "\((minutes + 59) / 60) hours" : "\(minutes) minutes"
    }
}

extension SigningRefusal {
    package var failure: Failure {
        switch self {
        case .notPermitted(let refusal): refusal.failure(.sign)
        case .locked: SignIn.locked(for: .seconds(15 * 60)).failure ?? SessionEnd.unknown.failure
        case .components:
            Failure(
                .signInRefused, "Name, password or code are not right, or one of them is missing.",
                advice: "The first signature asks for all three; later ones for the password. A code is good once.")
        case .renewalDue: DoorRefusal.settingUp.failure(.sign)
        case .resetLately:
            Failure(
                .notPermitted, "Others gave you your password less than a day ago; nothing is signed until then.",
                advice: "Sign tomorrow.")
        case .notIndependent:
            Failure(
                .notPermitted, "Who asked for it does not sign for it.", advice: "Another person has to.")
        case .superseded:
            Failure(
                .approvalRefused, "There is a newer version of the record.", advice: "Look at that one, and sign it.")
        case .otherContent, .unreviewed, .unaccountable, .unproven: stepFailure
        case .otherKey, .keyNotValid:
            Failure(
                .notPermitted, "Your signing key is not the one that is enrolled, or is not certified for today.",
                advice: "Ask whoever keeps the directory.")
        case .spentCeremony, .ceremonyTooOld, .otherSession, .otherPerson:
            Failure(
                .signInRefused, "This signing was not begun by you here and now.", advice: "Begin anew.")
        }
    }
}
