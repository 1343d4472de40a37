import ArgumentParser
import Audit
import Identity
import Operations
import Primitives

/// Who signs, and how he shows it.
struct SignerOptions: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Your time zone, as in Europe/Berlin.", valueName: "zone"))
    var zone = "UTC"

    @Option(name: .long, help: ArgumentHelp("Your login name. Default: asks.", valueName: "name"))
    var login: String?

    @OptionGroup var credentials: CredentialOptions

    /// Shows what is about to be signed, asks for what it takes, and signs. The audit log has the signature's id.
    func sign(
        _ draft: Signing.Draft, _ permit: consuming Permit<SignAction>, _ session: Session
    ) throws -> ElectronicSignature {
        for line in draft.lines { session.output.message(Text.printable(Array(line.utf8))) }
        let isFirst = draft.components.contains(.identifier)
        let name = isFirst ? try loginName(session) : nil
        let shown = Shown(
            name: name, password: try credentials.password(session),
            code: isFirst ? try credentials.code(session) : "")
        let signature = try Signing.sign(permit: permit, draft, shown: shown, keeping: session.surroundings.identity)
        session.record?.note([ActObject(.signature, Reconciliation.name(of: signature))])
        return signature
    }

    /// It is shown as the other components are: whoever finds an open session does not know it by that alone.
    private func loginName(_ session: Session) throws -> LoginName? {
        if let login { return LoginName(login) }
        let typed = try Secrets.code(nil, "Login name: ", session)
        return LoginName(typed)
    }
}
