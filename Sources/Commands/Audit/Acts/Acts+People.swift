import Audit
import Operations

extension UsersFoundCommand {
    func act(_ session: Session) -> Act? { session.act("users-found", .add) }
}

extension UsersAddCommand {
    func act(_ session: Session) -> Act? { session.act("users-add", .add, on: [ActObject(.person, given: name)]) }
}

extension UsersListCommand {
    func act(_ session: Session) -> Act? { session.act("users-list", .view) }
}

extension UsersShowCommand {
    func act(_ session: Session) -> Act? { session.act("users-show", .view, on: [ActObject(.person, given: name)]) }
}

extension UsersRemoveCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-remove", .remove, on: [ActObject(.person, given: name)], reason: reasonOptions.reason)
    }
}

extension UsersGrantCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-grant", .change, on: [ActObject(.person, given: name), ActObject(.role, given: role)],
            reason: reasonOptions.reason)
    }
}

extension UsersRevokeCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-revoke", .change, on: [ActObject(.person, given: name), ActObject(.role, given: role)],
            reason: reasonOptions.reason)
    }
}

extension UsersResetCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-reset", .change, on: [ActObject(.person, given: name)], reason: reasonOptions.reason)
    }
}

extension UsersProveCommand {
    func act(_ session: Session) -> Act? { session.act("users-prove", .change, on: [ActObject(.person, given: name)]) }
}

extension UsersLostCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-lost", .change, on: [ActObject(.person, given: name)], reason: reason)
    }
}

extension UsersServiceAddCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-service-add", .add,
            on: [ActObject(.person, given: name), ActObject(.person, given: owner)]
                + ActObject.all(.role, given: role), reason: reasonOptions.reason)
    }
}

extension UsersServiceRenewCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-service-renew", .change, on: [ActObject(.person, given: name)], reason: reasonOptions.reason)
    }
}

extension UsersServiceOwnerCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            "users-service-owner", .change, on: [ActObject(.person, given: name), ActObject(.person, given: owner)],
            reason: reasonOptions.reason)
    }
}

extension UsersLinkCommand {
    func act(_ session: Session) -> Act? { session.act("users-link", .change, on: [ActObject(.person, given: name)]) }
}

extension UsersUnlinkCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-unlink", .change, on: [ActObject(.person, given: name)])
    }
}

extension UsersProviderShowCommand {
    func act(_ session: Session) -> Act? { session.act("users-provider", .view) }
}

extension UsersProviderSetCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-provider-set", .change, on: [ActObject(.target, given: issuer)])
    }
}

extension UsersProviderRemoveCommand {
    func act(_ session: Session) -> Act? { session.act("users-provider-remove", .remove) }
}

extension UsersRolesCommand {
    func act(_ session: Session) -> Act? { session.act("users-roles", .view) }
}

extension UsersRoleDefineCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-role-define", .change, on: [ActObject(.role, given: name)], reason: reasonOptions.reason)
    }
}

extension UsersRoleRemoveCommand {
    func act(_ session: Session) -> Act? {
        session.act("users-role-remove", .remove, on: [ActObject(.role, given: name)], reason: reasonOptions.reason)
    }
}

extension PasswordCommand {
    func act(_ session: Session) -> Act? { session.act("password", .change) }
}

extension AuthenticatorCommand {
    func act(_ session: Session) -> Act? { session.act("authenticator", .change) }
}

extension LoginCommand {
    func act(_ session: Session) -> Act? {
        let known = name.flatMap { SigningIn.isKnown($0, keeping: session.surroundings.identity) ? $0 : nil }
        return session.act("login", .change, on: [ActObject(.person, given: known)])
    }
}

extension LogoutCommand {
    func act(_ session: Session) -> Act? { session.act("logout", .change) }
}

/// It shows nothing but who asks.
extension WhoamiCommand {
    func act(_ session: Session) -> Act? { nil }
}

extension ApproveGiveCommand {
    func act(_ session: Session) -> Act? { session.act("approve", .change, on: [ActObject(.request, given: id)]) }
}

extension ApproveListCommand {
    func act(_ session: Session) -> Act? { session.act("approve-list", .view) }
}

extension ApproveShowCommand {
    func act(_ session: Session) -> Act? { session.act("approve-show", .view, on: [ActObject(.request, given: id)]) }
}

extension ApproveWithdrawCommand {
    func act(_ session: Session) -> Act? {
        session.act("approve-withdraw", .change, on: [ActObject(.request, given: id)])
    }
}

extension SignCommand {
    func act(_ session: Session) -> Act? {
        session.act("sign", .add, on: [session.object(.target, at: file), ActObject(.component, given: component)])
    }
}

/// Signatures are verified without this host, by anybody.
extension SignaturesVerifyCommand {
    func act(_ session: Session) -> Act? { nil }
}

extension SignaturesSheetCommand {
    func act(_ session: Session) -> Act? { nil }
}

extension SignaturesAccountabilityCommand {
    func act(_ session: Session) -> Act? {
        session.act("signatures-accountability", .add, on: [session.object(.target, at: output)])
    }
}

extension SignaturesLetterCommand {
    func act(_ session: Session) -> Act? {
        session.act(
            sent == nil ? "signatures-letter-show" : "signatures-letter", sent == nil ? .view : .change)
    }
}

/// It reads the audit log, and what is compared with it.
extension SignaturesReconcileCommand {
    func act(_ session: Session) -> Act? { nil }
}

extension SignaturesAuthorityCommand {
    func act(_ session: Session) -> Act? { session.act("signatures-authority", .view) }
}

extension SignaturesWithdrawnCommand {
    func act(_ session: Session) -> Act? { session.act("signatures-withdrawn", .view) }
}
