import ArgumentParser
import Audit
import Identity
import Operations
import Primitives
import TransparencyLog

struct AuditWitnessCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "witness",
        abstract: "Be a witness of other hosts' audit logs: sign them only as long as they go on from what was signed.",
        discussion: """
            Whoever controls a host has the keys of its log, and could write that anew. A witness on another host remembers the newest
            state of each log that it knows and signs the next one only if that goes on from it (C2SP tlog-witness). Whoever demands its
            signature is shown one past.

              safehold audit witness init --name second-site.example.org/witness
              safehold audit witness add --policy /mnt/ward-7/policy
              safehold audit witness cosign --repository /mnt/backup/safehold
              safehold audit witness key > second-site.vkeys
              safehold audit verify --repository /mnt/backup/safehold --witness second-site.vkeys
            """,
        subcommands: [
            AuditWitnessInitCommand.self, AuditWitnessKeyCommand.self, AuditWitnessAddCommand.self,
            AuditWitnessListCommand.self, AuditWitnessCosignCommand.self, AuditWitnessRequestCommand.self,
        ])
}

extension Session {
    var witness: WitnessDesk { WitnessDesk(state: surroundings.hostState.root, clock: surroundings.clock) }

    fileprivate func show(_ keys: [VerifierKey]) {
        if output.json {
            output.record("audit-witness") { object in
                object.set("witness", keys.first?.name.description)
                object.set("keys", keys.map(\.description))
            }
        } else {
            output.lines(keys.map(\.description))
        }
    }

    func show(_ log: NoteName, _ tree: TreeHead, _ outcome: String, _ words: String) {
        if output.json {
            output.record("audit-witness-log") { object in
                object.set("log", log.description)
                object.set("entries", tree.size)
                object.set("root", tree.root.hex)
                object.set("outcome", outcome)
            }
        } else if !output.quiet {
            output.line("\(log): \(Text.counted(tree.size, "entry", "entries")), \(words)")
        }
    }
}

struct AuditWitnessInitCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make this host's keys as a witness, and print the public ones.",
        discussion: """
            Whoever is to demand this witness's signature needs both lines. The keys are others than those of the host's own log.

              safehold audit witness init --name second-site.example.org/witness
            """)

    @Option(
        name: .long,
        help: ArgumentHelp("What it is called for ever, without spaces. Default: a random name.", valueName: "name"))
    var name: String?

    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { session.act("audit-witness-init", .add) }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AccountAction.self)
        session.show(try session.witness.begin(named: name))
        return .done
    }
}

struct AuditWitnessKeyCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Print the witness's public keys.",
        discussion: """
            As C2SP's signed-note writes them: one for Ed25519 and one for ML-DSA-65.

              safehold audit witness key > second-site.vkeys
            """)

    @OptionGroup var outputOptions: OutputOptions

    /// Public keys are for everybody.
    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        session.show(try session.witness.keys())
        return .done
    }
}

struct AuditWitnessAddCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Know another host's log from now on, by its policy.",
        discussion: """
            The policy is the file audit/policy of the other host's state, or of an export. Bring it by a way that nobody else controls.

              safehold audit witness add --policy /mnt/ward-7/policy
            """)

    @Option(
        name: .long, help: ArgumentHelp("Whose signatures the log has to bear (C2SP tlog-policy).", valueName: "file"),
        completion: .file())
    var policy: String

    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? {
        session.act("audit-witness-add", .change, on: [session.object(.key, at: policy)])
    }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AccountAction.self)
        let log = try session.witness.add(try session.trustPolicy(policy))
        session.record?.note([ActObject(.log, log.origin.description)])
        session.show(log.origin, log.tree, "known", "known from now on")
        return .done
    }
}

struct AuditWitnessListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the logs that the witness knows, and how much of each it signed.",
        discussion: """
              safehold audit witness list
            """)

    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        for log in try session.witness.logs() { session.show(log.origin, log.tree, "known", "signed") }
        return .done
    }
}

struct AuditWitnessRequestCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "request",
        abstract: "Print what asks a witness to sign this host's log.",
        discussion: """
            For a witness that shares no repository with this host: the body of an add-checkpoint request (C2SP tlog-witness).

              safehold audit witness request --from 4711 > ward-7.request
            """)

    @Option(name: .long, help: ArgumentHelp("How many entries the witness signed last.", valueName: "n"))
    var from: UInt64 = 0

    @OptionGroup var source: AuditLogOptions
    @OptionGroup var outputOptions: OutputOptions

    func act(_ session: Session) -> Audit.Act? { nil }

    func run(_ session: Session) throws -> Outcome {
        _ = try session.permit(AuditAction.self)
        let book = try source.book(session)
        guard let request = try book.reader.request(from: from) else {
            throw Failure(
                .auditRolledBack,
                "The log has \(book.tree.size) entries, which is fewer than the \(from) that the witness signed.",
                advice: "If that is what it signed, the log was put back to an older state: 'safehold audit verify'.")
        }
        if session.output.json {
            session.output.record("audit-request") { object in
                object.set("log", book.reader.checkpoint.origin.description)
                object.set("entries", book.tree.size)
                object.set("request", String(decoding: request.bytes, as: UTF8.self))
            }
        } else {
            session.output.bytes(request.bytes)
        }
        return .done
    }
}
