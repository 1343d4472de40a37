import Primitives
import TransparencyLog

/// The log as those see it who read it. Nothing is believed that the checkpoint does not stand for.
package struct AuditBook: Sendable {
    package let place: AuditPlace
    package let reader: LogReader
    package let policy: TrustPolicy
    /// What this host remembers; nil of a log that is another's.
    package let remembered: AuditHead?

    package var tree: TreeHead { reader.tree }
    /// How many entries it has.
    package var count: UInt64 { tree.size }
    /// What the log's name ends with.
    package var id: String { String(reader.checkpoint.origin.description.split(separator: "/").last ?? "") }

    /// This host's log. It has to go on from what the host remembers of it. Throws `audit-missing` where there is none.
    package init(_ place: AuditPlace, policy given: TrustPolicy? = nil) throws {
        do {
            guard place.isBegun else { throw AuditFailure.missing(place) }
            // Before the log: what is appended meanwhile is in the log first.
            let head = try AuditHead.read(place)
            guard let head else {
                throw AuditFailure.replaced("\(place.head), where this host remembers it, is missing", place)
            }
            let own = try Self.ownPolicy(place)
            guard auditKeysDigest((own.logs.map(\.key) + own.witnesses.map(\.key))) == head.keys else {
                throw AuditFailure.replaced("its keys are others", place)
            }
            policy = given ?? own
            reader = try LogReader(LogFolder(place.log, for: .reading), policy: policy, remembered: head.tree)
            remembered = head
            self.place = place
        } catch {
            throw AuditFailure.of(error, place)
        }
    }

    /// A log in a folder as `audit export` makes it, of which only the policy is believed.
    package init(exported folder: String, policy: TrustPolicy) throws {
        let place = AuditPlace(state: folder)
        do {
            reader = try LogReader(LogFolder(folder, for: .reading), policy: policy)
        } catch {
            throw AuditFailure.of(error, place)
        }
        (self.place, self.policy, remembered) = (place, policy, nil)
    }

    private static func ownPolicy(_ place: AuditPlace) throws -> TrustPolicy {
        guard let bytes = try LocalFile.read(place.policy, limit: 1 << 20, followingLinks: false) else {
            throw AuditFailure.replaced("\(place.policy) is missing", place)
        }
        return try TrustPolicy(parsing: bytes)
    }

    /// An entry's bytes, checked. Throws `audit-missing` where there are not as many.
    package func entry(_ number: UInt64) throws -> [UInt8] {
        guard number < tree.size else { throw AuditFailure.missing(entry: number, of: tree.size) }
        do {
            return try reader.tiles().entry(number)
        } catch {
            throw AuditFailure.of(error, place)
        }
    }

    /// Shows that an entry is in the log, without the log.
    package func proof(of number: UInt64) throws -> TransparencyProof {
        do {
            guard let proof = try reader.proof(of: number) else {
                throw AuditFailure.missing(entry: number, of: tree.size)
            }
            return proof
        } catch {
            throw AuditFailure.of(error, place)
        }
    }

    /// Hands all entries from `first` on to `body`.
    package func forEach(from first: UInt64 = 0, _ body: (UInt64, [UInt8]) throws -> Void) throws {
        guard tree.size > first else { return }
        do {
            let tiles = try reader.tiles()
            for bundle in first / 256...(tree.size - 1) / 256 {
                for (offset, bytes) in try tiles.entries(bundle: bundle).enumerated() {
                    let number = bundle * 256 + UInt64(offset)
                    if number >= first { try body(number, bytes) }
                }
            }
        } catch {
            throw AuditFailure.of(error, place)
        }
    }

    /// The act that an entry belongs to: of an outcome, the one that it ends.
    package func act(_ number: UInt64) throws -> AuditedAct? {
        guard let entry = try? AuditEntry(parsing: try self.entry(number)) else { return nil }
        let first: UInt64
        switch entry.content {
        case .intent: first = number
        case .outcome(let outcome): first = outcome.intent
        }
        guard first < tree.size, let beginning = try? AuditEntry(parsing: try self.entry(first)),
            case .intent(let intent) = beginning.content
        else { return nil }
        var ends: [AuditedAct.End] = []
        try scan(from: first) { number, entry in
            guard case .outcome(let outcome) = entry.content, outcome.intent == first else { return true }
            ends.append(AuditedAct.End(number: number, entry: entry, outcome: outcome))
            return intent.isStanding
        }
        return AuditedAct(number: first, entry: beginning, intent: intent, ends: ends)
    }

    /// Until `body` gives false.
    private func scan(from first: UInt64, _ body: (UInt64, AuditEntry) throws -> Bool) throws {
        let tiles = try reader.tiles()
        for bundle in first / 256...(tree.size - 1) / 256 {
            for (offset, bytes) in try tiles.entries(bundle: bundle).enumerated() {
                let number = bundle * 256 + UInt64(offset)
                guard number >= first, let entry = try? AuditEntry(parsing: bytes) else { continue }
                guard try body(number, entry) else { return }
            }
        }
    }
}
