import ArgumentParser
import Identity
import Operations
import Primitives

struct KeysListCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List recipients, writers and epochs, and say what protects what.",
        discussion: """
            Needs no key: it shows what the administrator signed.

              safehold keys list
              safehold keys list --json
            """)

    @OptionGroup var repositoryOptions: RepositoryOptions
    @OptionGroup var outputOptions: OutputOptions

    func run(_ session: Session) throws -> Outcome {
        let facts = try KeyFacts(
            permit: try session.permit(InspectAction.self, in: repositoryOptions),
            repository: try session.repository(repositoryOptions))
        if session.output.json {
            record(facts, session.output)
        } else {
            session.output.lines(KeyTables.lines(facts))
        }
        return .done
    }

    private func record(_ facts: KeyFacts, _ output: Output) {
        output.record("key") { object in
            object.set("kind", "administrator")
            object.set("fingerprint", facts.fingerprint.hex)
            object.set("signatures", KeyRecord.signatures)
        }
        for recipient in facts.recipients { output.record("key") { recipient.fill(&$0) } }
        for writer in facts.writers { output.record("key") { writer.fill(&$0) } }
        for epoch in facts.epochs { output.record("key") { epoch.fill(&$0) } }
    }
}

enum KeyTables {
    static func lines(_ facts: KeyFacts) -> [String] {
        var lines = [
            "Repository \(facts.repository.hex) at \(facts.location)",
            "Administrator's fingerprint \(facts.fingerprint.hex)", "",
            "Recipients: they open backups, or maintain them",
        ]
        lines += recipients(facts) + ["", "Writers: they add backups, and open nothing"] + writers(facts)
        lines += [
            "", "Epochs: what backups are sealed to; each host has a domain of its own unless it was made to share one",
        ]
        lines += epochs(facts)
        return lines + protection
    }

    private static func recipients(_ facts: KeyFacts) -> [String] {
        var table = Table([
            ("id", .left), ("kind", .left), ("label", .left), ("since", .left), ("may", .left), ("epochs", .left),
        ])
        for recipient in facts.recipients {
            var kind = recipient.kind
            if let threshold = recipient.threshold, let shares = recipient.shares {
                kind += " \(threshold) of \(shares)"
            }
            var powers = [
                recipient.opens ? "open" : nil, recipient.maintains ? "maintain" : nil,
                recipient.administers ? "administer" : nil,
            ].compactMap { $0 }.joined(separator: ", ")
            if let removed = recipient.removed { powers = "removed \(Text.time(removed))" }
            table.add([
                String(recipient.id.hex.prefix(8)), kind, recipient.label, Text.time(recipient.created), powers,
                "\(recipient.epochs) of \(facts.epochs.count)",
            ])
        }
        return table.lines.map { "  " + $0 }
    }

    private static func writers(_ facts: KeyFacts) -> [String] {
        var table = Table([("id", .left), ("host", .left), ("domain", .left), ("since", .left), ("", .left)])
        for writer in facts.writers {
            table.add([
                String(writer.id.hex.prefix(8)), writer.host, String(writer.domain.hex.prefix(8)),
                Text.time(writer.created), writer.withdrawal?.words ?? "",
            ])
        }
        return table.lines.map { "  " + $0 }
    }

    private static func epochs(_ facts: KeyFacts) -> [String] {
        var table = Table([("domain", .left), ("epoch", .right), ("since", .left), ("suite", .left), ("", .left)])
        for epoch in facts.epochs {
            table.add([
                String(epoch.domain.hex.prefix(8)), String(epoch.epoch), Text.time(epoch.created), "1",
                epoch.isNewest ? "in use" : "older backups only",
            ])
        }
        return table.lines.map { "  " + $0 }
    }

    private static let protection = [
        "", "Suite 1: what protects what",
        "  content and names  AES-256-GCM, under keys of their own for every object",
        "  those keys         HPKE with X-Wing (ML-KEM-768 and X25519): both must be broken, so recording backups now and",
        "                     waiting for a quantum computer does not help",
        "  authenticity       Ed25519 and ML-DSA-65 on every record: both must be forged",
        "  passphrases        scrypt, 64 MiB for every guess",
        "  deduplication      chunk ids are HMAC-SHA-256 under a secret key: they tell nothing to who lacks it",
    ]
}

extension KeyFacts.RecipientFacts {
    func fill(_ object: inout JSONObject) {
        object.set("kind", kind)
        object.set("id", id.hex)
        object.set("label", label)
        object.set("created", created)
        if let removed { object.set("removed", removed) }
        object.set("opens", opens)
        object.set("administers", administers)
        object.set("maintains", maintains)
        object.set("threshold", threshold)
        object.set("shares", shares)
        object.set("epochs", UInt64(epochs))
    }
}

extension KeyFacts.WriterFacts {
    func fill(_ object: inout JSONObject) {
        object.set("kind", "writer")
        object.set("id", id.hex)
        object.set("label", host)
        object.set("created", created)
        object.set("domain", domain.hex)
        object.set("fingerprint", fingerprint.hex)
        withdrawal?.fill(&object)
    }
}

extension KeyFacts.WithdrawalFacts {
    var words: String { "withdrawn \(Text.time(time)), after number \(lastSequence)" }

    func fill(_ object: inout JSONObject) {
        object.set("withdrawn", time)
        object.set("last_sequence", lastSequence)
        object.set("reason", reason)
    }
}

extension KeyFacts.EpochFacts {
    func fill(_ object: inout JSONObject) {
        object.set("kind", "epoch")
        object.set("id", domain.hex)
        object.set("created", created)
        object.set("epoch", UInt64(epoch))
        object.set("domain", domain.hex)
        object.set("suite", UInt64(1))
        object.set("kem", KeyRecord.kem)
        object.set("aead", KeyRecord.aead)
        object.set("signatures", KeyRecord.signatures)
    }
}
